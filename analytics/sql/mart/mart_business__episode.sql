-- One row a business, crisis and period (quarter, year): revenue since the crisis struck beside
-- its baseline, over the months that have both.
-- strengthened: 1.1 times the baseline or more; maintained: 0.9 or more; weakened: less.
SELECT
    e.period_kind,
    e.period,
    g.region_2023,
    g.region_2012,
    g.cercle,
    g.partner,
    g.group_type,
    g.network,
    g.wlie,
    x.shock,
    e.business_id AS person,
    g.group_id AS cluster,
    b.owner_sex AS sex,
    b.sector,
    e.crisis,
    e.weight,
    e.revenue_xof,
    e.baseline_xof,
    1 AS compared,
    CASE WHEN e.revenue_xof >= 1.1 * e.baseline_xof THEN 1 ELSE 0 END AS strengthened,
    CASE
        WHEN e.revenue_xof >= 0.9 * e.baseline_xof AND e.revenue_xof < 1.1 * e.baseline_xof THEN 1
        ELSE 0
    END AS maintained,
    e.without_weight AS caveat_weights_missing,
    e.does_not_know AS caveat_does_not_know
FROM (
    SELECT
        p.period_kind,
        p.period,
        r.business_id,
        r.crisis,
        max(r.month_index) AS last_index,
        avg(r.weight) AS weight,
        sum(r.revenue_xof) AS revenue_xof,
        sum(CASE WHEN r.revenue_xof IS NOT NULL THEN r.baseline_xof END) AS baseline_xof,
        max(r.without_weight) AS without_weight,
        max(r.does_not_know) AS does_not_know
    FROM core_business_episode AS r
    INNER JOIN core_month_period AS p ON r.month_index = p.month_index
    GROUP BY p.period_kind, p.period, r.business_id, r.crisis
) AS e
INNER JOIN core_business_month AS b
    ON e.business_id = b.business_id AND e.last_index = b.month_index
INNER JOIN core_vsla_group AS g ON b.group_id = g.group_id
LEFT JOIN core_exposure_class AS x
    ON
        g.cercle = x.cercle
        AND e.period_kind = x.period_kind
        AND e.period = x.period
