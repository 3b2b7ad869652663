-- One row a year: what the projects cost that give both their cost and the people they reached
-- directly, and those people. A project that gives only one of the two is in neither.
SELECT
    'year' AS period_kind,
    c.period,
    'not_specified' AS region_2023,
    'not_specified' AS region_2012,
    CAST(NULL AS VARCHAR) AS cercle,
    coalesce(t.n_groups, 0) AS groups,
    c.direct AS members,
    c.direct,
    c.cost_xof
FROM (
    SELECT
        CAST(p.year AS VARCHAR) AS period,
        sum(p.cost_xof) AS cost_xof,
        sum(r.direct) AS direct
    FROM core_programme_cost AS p
    INNER JOIN (
        SELECT
            project,
            year,
            sum(direct_women) + sum(direct_men) AS direct
        FROM core_reach
        GROUP BY project, year
    ) AS r
        ON p.project = r.project AND p.year = r.year
    GROUP BY p.year
) AS c
LEFT JOIN (
    SELECT
        period,
        sum(n_groups) AS n_groups
    FROM core_groups_seen
    GROUP BY period
) AS t
    ON c.period = t.period
