-- One row a business, period and adaptation reported in it, one for each initiative they came from,
-- and one with 'all' in both for what was answered at all. "none" is an answer; an empty cell is
-- not. An adaptation without a stated origin is in no row of an initiative.
SELECT
    m.business_id,
    p.period_kind,
    p.period,
    k.code AS kind,
    o.code AS adaptation_origin,
    1 AS answered,
    max(CASE WHEN m.adaptations = ' none ' THEN 0 ELSE 1 END) AS adapted,
    max(CASE WHEN m.adaptations LIKE '% market_link %' THEN 1 ELSE 0 END) AS market_linked
FROM core_business_month AS m
INNER JOIN ref_day_period AS p ON m.obs_date = p.day
INNER JOIN (
    SELECT 'all' AS code
    UNION ALL
    SELECT c.code
    FROM ref_code AS c
    WHERE
        c.dataset = 'business_observation' AND c.column_name = 'adaptations' AND c.code <> 'none'
) AS k
    ON k.code = 'all' OR m.adaptations LIKE '% ' || k.code || ' %'
INNER JOIN (
    SELECT 'all' AS code
    UNION ALL
    SELECT 'own' AS code
    UNION ALL
    SELECT 'project' AS code
) AS o
    ON
        o.code = 'all'
        OR (k.code = 'all' AND m.adaptation_origin = o.code AND m.adaptations <> ' none ')
WHERE m.adaptations IS NOT NULL AND p.period_kind IN ('quarter', 'year')
GROUP BY m.business_id, p.period_kind, p.period, k.code, o.code
