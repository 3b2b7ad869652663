-- Groups that owe a report: how many since their last one, and when that was.
-- For the office alone; a group stays on the list until a record of it comes in or it is closed.
SELECT
    c.group_id,
    c.region_2023,
    c.region_2012,
    c.cercle,
    c.partner,
    o.last_report,
    count(*) AS missed,
    max(c.silent) AS silent,
    min(c.period_end) AS missing_since
FROM core_group_report AS c
LEFT JOIN (
    SELECT
        group_id,
        max(obs_date) AS last_report
    FROM core_vsla_observation
    GROUP BY group_id
) AS o ON c.group_id = o.group_id
WHERE c.late = 1 AND (o.last_report IS NULL OR c.period_end > o.last_report)
GROUP BY c.group_id, c.region_2023, c.region_2012, c.cercle, c.partner, o.last_report
