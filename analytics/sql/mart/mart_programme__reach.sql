-- One row a region and year: people reached by all projects, directly and indirectly, never added
-- up. groups: the savings groups seen there in the year, which decide what the public may see; what
-- projects did not place has those of the regions that no project names.
SELECT
    'year' AS period_kind,
    r.period,
    r.region_2023,
    r.region_2012,
    CAST(NULL AS VARCHAR) AS cercle,
    CASE
        WHEN r.region_2012 = 'not_specified' THEN greatest(coalesce(t.n_groups, 0) - r.named, 0)
        ELSE r.n_groups
    END AS groups,
    r.direct AS members,
    r.direct,
    r.direct_women,
    r.direct_men,
    r.indirect
FROM (
    SELECT
        s.*,
        sum(CASE WHEN s.region_2012 <> 'not_specified' THEN s.n_groups ELSE 0 END)
            OVER (PARTITION BY s.period) AS named
    FROM (
        SELECT
            c.period,
            c.region_2023,
            c.region_2012,
            c.direct,
            c.direct_women,
            c.direct_men,
            c.indirect,
            coalesce(sum(g.n_groups), 0) AS n_groups
        FROM (
            SELECT
                CAST(year AS VARCHAR) AS period,
                region_2023,
                region_2012,
                sum(direct_women) + sum(direct_men) AS direct,
                sum(direct_women) AS direct_women,
                sum(direct_men) AS direct_men,
                sum(indirect) AS indirect
            FROM core_reach
            GROUP BY year, region_2023, region_2012
        ) AS c
        LEFT JOIN core_groups_seen AS g
            ON
                c.period = g.period
                AND c.region_2012 = g.region_2012
                AND (c.region_2023 = g.region_2023 OR c.region_2023 = 'not_specified')
        GROUP BY
            c.period, c.region_2023, c.region_2012, c.direct, c.direct_women, c.direct_men,
            c.indirect
    ) AS s
) AS r
LEFT JOIN (
    SELECT
        period,
        sum(n_groups) AS n_groups
    FROM core_groups_seen
    GROUP BY period
) AS t
    ON r.period = t.period
