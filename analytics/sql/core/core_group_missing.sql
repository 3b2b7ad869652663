-- by group
-- Reports that are due and that groups have not sent since their last record, one row each.
SELECT
    g.group_id,
    g.region_2023,
    g.region_2012,
    g.cercle,
    g.partner,
    g.last_obs_date,
    p.period_end,
    CASE
        WHEN
            g.first_seen <= p.year_before_end
            AND (g.last_obs_date IS NULL OR g.last_obs_date <= p.year_before_end)
            THEN 1
        ELSE 0
    END AS silent
FROM core_group_seen AS g
INNER JOIN ref_report_period AS p
    ON
        g.reporting_frequency = p.reporting_frequency
        AND g.first_seen <= p.period_start
        AND (g.date_closed IS NULL OR g.date_closed > p.period_end)
        AND (g.last_obs_date IS NULL OR g.last_obs_date < p.period_start)
WHERE p.due = 1
