-- One row a year and place that projects name (both divisions): people reached by all of them.
SELECT
    CAST(r.year AS VARCHAR) AS period,
    r.region_2023,
    r.region_2012,
    sum(r.direct_women) + sum(r.direct_men) AS direct,
    sum(r.direct_women) AS direct_women,
    sum(r.direct_men) AS direct_men,
    sum(r.indirect) AS indirect
FROM core_reach AS r
GROUP BY r.year, r.region_2023, r.region_2012
