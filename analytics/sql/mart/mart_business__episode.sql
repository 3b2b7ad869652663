-- One row a business, crisis and period (quarter, year): revenue since the crisis struck beside
-- its baseline, over the months that have both.
-- strengthened: 1.1 times the baseline or more; maintained: 0.9 or more; below, weakened, or closed
-- where the last month of the period found it so. Rows with kind = 'all' are the businesses; one
-- further row each carries its outcome (see estimates.sums: what divides the numerator alone).
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
    b.group_id AS cluster,
    b.owner_sex AS sex,
    b.sector,
    e.crisis,
    k.kind,
    e.weight,
    e.revenue_xof,
    e.baseline_xof,
    CASE WHEN e.outcome IS NOT NULL THEN 1 END AS compared,
    CASE WHEN e.outcome = 'strengthened' THEN 1 WHEN e.outcome IS NOT NULL THEN 0 END
        AS strengthened,
    e.without_weight AS caveat_weights_missing,
    e.does_not_know AS caveat_does_not_know
FROM (
    SELECT
        s.*,
        CASE
            WHEN s.revenue_xof >= 1.1 * s.baseline_xof THEN 'strengthened'
            WHEN s.revenue_xof >= 0.9 * s.baseline_xof THEN 'maintained'
            WHEN s.revenue_xof IS NOT NULL AND f.status = 'open' THEN 'weakened'
            WHEN s.revenue_xof IS NOT NULL THEN 'closed'
        END AS outcome
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
    ) AS s
    INNER JOIN core_business_followed AS f
        ON s.business_id = f.business_id AND s.last_index = f.month_index
) AS e
INNER JOIN (
    SELECT 'all' AS kind
    UNION ALL
    SELECT 'strengthened' AS kind
    UNION ALL
    SELECT 'maintained' AS kind
    UNION ALL
    SELECT 'weakened' AS kind
    UNION ALL
    SELECT 'closed' AS kind
) AS k
    ON k.kind = 'all' OR k.kind = e.outcome
INNER JOIN core_business AS b ON e.business_id = b.business_id
INNER JOIN core_vsla_group AS g ON b.group_id = g.group_id
LEFT JOIN core_exposure_class AS x
    ON
        g.cercle = x.cercle
        AND e.period_kind = x.period_kind
        AND e.period = x.period
