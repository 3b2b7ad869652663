-- One row a business and period (quarter, year): its last record in it, and what it did.
-- A business closed for good stays closed in later periods without a record, until one says
-- otherwise; else those that closed would drop out and the others look the better.
-- Rows with kind and adaptation_origin = 'all' are the businesses; further rows carry each
-- adaptation and each initiative (see estimates.sums: what divides the numerator alone).
SELECT
    s.period_kind,
    s.period,
    g.region_2023,
    g.region_2012,
    g.cercle,
    g.partner,
    g.group_type,
    g.network,
    g.wlie,
    x.shock,
    s.business_id AS person,
    s.group_id AS cluster,
    s.owner_sex AS sex,
    s.sector,
    coalesce(a.kind, 'all') AS kind,
    coalesce(a.adaptation_origin, 'all') AS adaptation_origin,
    CASE WHEN s.without_weight = 0 THEN s.weight END AS weight,
    1 AS observed,
    CASE WHEN s.status = 'open' THEN 1 ELSE 0 END AS operating,
    a.answered,
    a.adapted,
    a.market_linked,
    s.without_weight AS caveat_weights_missing
FROM core_business_state AS s
INNER JOIN core_vsla_group AS g ON s.group_id = g.group_id
LEFT JOIN core_business_adaptation AS a
    ON
        s.business_id = a.business_id
        AND s.period_kind = a.period_kind
        AND s.period = a.period
LEFT JOIN core_exposure_class AS x
    ON
        g.cercle = x.cercle
        AND s.period_kind = x.period_kind
        AND s.period = x.period
