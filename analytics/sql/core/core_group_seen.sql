-- by group
-- Groups with the days of their first and last records. A record older than the training date given
-- is still a record; a group without a training date was formed when it first sent one.
SELECT
    g.*,
    o.first_obs_date,
    o.last_obs_date,
    coalesce(g.date_first_training, o.first_obs_date) AS formed_on,
    least(g.date_first_training, o.first_obs_date) AS first_seen
FROM core_vsla_group AS g
LEFT JOIN (
    SELECT
        group_id,
        min(obs_date) AS first_obs_date,
        max(obs_date) AS last_obs_date
    FROM core_ledger_line
    GROUP BY group_id
) AS o ON g.group_id = o.group_id
