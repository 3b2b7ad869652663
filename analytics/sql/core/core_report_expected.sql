-- by group, as a view
-- Every report a group is expected to send: one a month or a quarter, as its register says, from the
-- first training (or first record) to the closure.
SELECT
    g.group_id,
    g.region_2023,
    g.region_2012,
    g.cercle,
    g.partner,
    g.first_seen,
    g.last_obs_date,
    p.period_kind,
    p.period,
    p.month,
    p.period_start,
    p.period_end,
    p.year_before_end,
    p.due
FROM core_group_seen AS g
INNER JOIN ref_report_period AS p
    ON
        g.reporting_frequency = p.reporting_frequency
        AND g.first_seen <= p.period_start
        AND (g.date_closed IS NULL OR g.date_closed > p.period_end)
