-- by group
-- The version of each record that counts, a group's latest of each day: where it landed, the few
-- columns that are compared with the group's other records, and the records before and after it.
SELECT
    r.group_id,
    r.obs_date,
    r._sequence,
    r._row,
    r.members,
    r.savings_cycle_xof,
    r.loans_outstanding_xof,
    r.social_fund_xof,
    r.next_obs_date,
    lag(r.obs_date) OVER w AS obs_before,
    lag(r.savings_cycle_xof) OVER w AS savings_before
FROM (
    -- In this order the version that counts is the one before another day begins.
    SELECT
        group_id,
        obs_date,
        _sequence,
        _row,
        members_women + members_men AS members,
        savings_cycle_xof,
        loans_outstanding_xof,
        social_fund_xof,
        lead(obs_date) OVER (
            PARTITION BY group_id ORDER BY obs_date, _sequence, _row
        ) AS next_obs_date
    FROM landed_vsla_observation
) AS r
WHERE r.next_obs_date IS NULL OR r.next_obs_date > r.obs_date
WINDOW w AS (PARTITION BY r.group_id ORDER BY r.obs_date)
