-- by group
-- Groups that owe a report: how many since their last record, and when that was.
-- For the office alone; a group stays on the list until a record of it comes in or it is closed.
SELECT
    group_id,
    region_2023,
    region_2012,
    cercle,
    partner,
    last_obs_date AS last_report,
    count(*) AS missed,
    max(silent) AS silent,
    min(period_end) AS missing_since
FROM core_group_missing
GROUP BY group_id, region_2023, region_2012, cercle, partner, last_obs_date
