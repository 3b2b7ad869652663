-- by group
-- What the ledgers hold, counted along the way: a build is tested against it.
SELECT
    c.what,
    c.n
FROM (
    SELECT
        'landed' AS what,
        count(*) AS n
    FROM (SELECT DISTINCT group_id, obs_date FROM landed_vsla_observation) AS l
    UNION ALL
    SELECT
        'records' AS what,
        count(*) AS n
    FROM core_vsla_observation
    UNION ALL
    SELECT
        'distinct_records' AS what,
        count(*) AS n
    FROM (SELECT DISTINCT group_id, obs_date FROM core_vsla_observation) AS d
    UNION ALL
    SELECT
        'last_records' AS what,
        count(*) AS n
    FROM core_last_observation
    UNION ALL
    SELECT
        'group_periods' AS what,
        count(*) AS n
    FROM core_group_period
) AS c
