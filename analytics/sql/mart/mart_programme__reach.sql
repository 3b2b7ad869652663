-- One row a region and year: people reached by all projects, directly and indirectly, never added
-- up. groups: the savings groups seen there in the year, which decide what the public may see. A
-- group counts in one row: its own region's; else that of its old region, where a project names it
-- without saying which; else that of projects without a region.
SELECT
    'year' AS period_kind,
    r.period,
    r.region_2023,
    r.region_2012,
    CAST(NULL AS VARCHAR) AS cercle,
    coalesce(n.n_groups, 0) AS groups,
    r.direct AS members,
    r.direct,
    r.direct_women,
    r.direct_men,
    r.indirect
FROM core_reach_place AS r
LEFT JOIN (
    SELECT
        g.period,
        coalesce(own.region_2023, older.region_2023, whole.region_2023) AS region_2023,
        coalesce(own.region_2012, older.region_2012, whole.region_2012) AS region_2012,
        sum(g.n_groups) AS n_groups
    FROM core_groups_seen AS g
    LEFT JOIN core_reach_place AS own
        ON
            g.period = own.period
            AND g.region_2023 = own.region_2023
            AND g.region_2012 = own.region_2012
    LEFT JOIN core_reach_place AS older
        ON
            g.period = older.period
            AND g.region_2012 = older.region_2012
            AND older.region_2023 = 'not_specified'
    LEFT JOIN core_reach_place AS whole
        ON
            g.period = whole.period
            AND whole.region_2012 = 'not_specified'
    GROUP BY
        g.period,
        coalesce(own.region_2023, older.region_2023, whole.region_2023),
        coalesce(own.region_2012, older.region_2012, whole.region_2012)
) AS n
    ON r.period = n.period AND r.region_2023 = n.region_2023 AND r.region_2012 = n.region_2012
