-- by group, year by year
-- What the ledgers hold, counted along the way: a build is tested against it.
SELECT
    c.period,
    c.what,
    count(*) AS n
FROM (
    SELECT
        p.period,
        'landed' AS what
    FROM (SELECT DISTINCT group_id, obs_date FROM landed_vsla_observation) AS l
    INNER JOIN ref_day_period AS p ON l.obs_date = p.day AND p.period_kind = 'year'
    UNION ALL
    SELECT
        p.period,
        'records' AS what
    FROM core_vsla_observation AS r
    INNER JOIN ref_day_period AS p ON r.obs_date = p.day AND p.period_kind = 'year'
    UNION ALL
    SELECT
        substr(period, 1, 4) AS period,
        'last_records' AS what
    FROM core_last_observation
    UNION ALL
    SELECT
        substr(period, 1, 4) AS period,
        'group_periods' AS what
    FROM core_group_period
) AS c
GROUP BY c.period, c.what
