-- by group
-- Reports that are due and that groups have not sent since their last record, one row each.
SELECT
    group_id,
    region_2023,
    region_2012,
    cercle,
    partner,
    last_obs_date,
    period_end,
    CASE
        WHEN
            first_seen <= year_before_end
            AND (last_obs_date IS NULL OR last_obs_date <= year_before_end)
            THEN 1
        ELSE 0
    END AS silent
FROM core_report_expected
WHERE due = 1 AND (last_obs_date IS NULL OR last_obs_date < period_start)
