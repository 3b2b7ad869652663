-- How many groups sent a record, by year and region of both divisions.
SELECT
    o.period,
    g.region_2023,
    g.region_2012,
    count(*) AS n_groups
FROM core_group_year AS o
INNER JOIN core_vsla_group AS g ON o.group_id = g.group_id
GROUP BY o.period, g.region_2023, g.region_2012
