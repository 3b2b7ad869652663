-- by group, year by year, as a view
-- Every group in every period since it exists, and what was known of it at the period's end.
SELECT
    p.period_kind,
    p.period,
    p.period_start,
    p.period_end,
    g.group_id,
    g.region_2023,
    g.region_2012,
    g.cercle,
    g.partner,
    g.group_type,
    g.network,
    g.wlie,
    CASE
        WHEN g.date_closed < p.period_start THEN 0
        -- A quarterly reporter is not late in the first two months of a quarter.
        WHEN p.closes_quarter = 0 AND g.reporting_frequency = 'quarterly' THEN 0
        ELSE 1
    END AS expected,
    CASE WHEN g.formed_on <= p.year_before_end THEN 1 ELSE 0 END AS formed_before_12m,
    CASE WHEN g.date_closed <= p.period_end THEN 1 ELSE 0 END AS closed
FROM core_group_seen AS g
INNER JOIN ref_period AS p ON g.first_seen <= p.period_end AND p.in_network = 1
