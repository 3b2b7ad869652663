-- by group, year by year
-- What the ledgers hold, counted along the way: a build is tested against it.
SELECT
    substr(c.period, 1, 4) AS period,
    c.what,
    CAST(sum(c.n) AS BIGINT) AS n
FROM (
    SELECT
        p.period,
        'landed' AS what,
        count(*) AS n
    FROM (SELECT DISTINCT group_id, obs_date FROM landed_vsla_observation) AS l
    INNER JOIN ref_day_period AS p ON l.obs_date = p.day AND p.period_kind = 'year'
    GROUP BY p.period
    UNION ALL
    SELECT
        p.period,
        'records' AS what,
        count(*) AS n
    FROM core_vsla_observation AS r
    INNER JOIN ref_day_period AS p ON r.obs_date = p.day AND p.period_kind = 'year'
    GROUP BY p.period
    UNION ALL
    SELECT
        period,
        'last_records' AS what,
        count(*) AS n
    FROM core_last_observation
    GROUP BY period
    UNION ALL
    SELECT
        period,
        'group_periods' AS what,
        count(*) AS n
    FROM core_group_period
    GROUP BY period
) AS c
GROUP BY substr(c.period, 1, 4), c.what
