-- One row a business, period and adaptation reported in it, and one with kind = 'all' for what was
-- answered at all. "none" is an answer; an empty cell is not.
SELECT *
FROM (
    SELECT
        m.business_id,
        p.period_kind,
        p.period,
        'all' AS kind,
        1 AS answered,
        max(CASE WHEN m.adaptations = ' none ' THEN 0 ELSE 1 END) AS adapted,
        max(CASE WHEN m.adaptations LIKE '% market_link %' THEN 1 ELSE 0 END) AS market_linked
    FROM core_business_month AS m
    INNER JOIN ref_day_period AS p ON m.obs_date = p.day
    WHERE m.adaptations IS NOT NULL AND p.period_kind IN ('quarter', 'year')
    GROUP BY m.business_id, p.period_kind, p.period
    UNION ALL
    SELECT DISTINCT
        m.business_id,
        p.period_kind,
        p.period,
        c.code AS kind,
        1 AS answered,
        1 AS adapted,
        NULL AS market_linked
    FROM core_business_month AS m
    INNER JOIN ref_day_period AS p ON m.obs_date = p.day
    INNER JOIN ref_code AS c ON m.adaptations LIKE '% ' || c.code || ' %'
    WHERE
        c.dataset = 'business_observation' AND c.column_name = 'adaptations' AND c.code <> 'none'
        AND p.period_kind IN ('quarter', 'year')
) AS a
