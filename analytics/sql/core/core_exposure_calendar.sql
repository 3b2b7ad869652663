-- Each month for which a feed says anything, in itself, its quarter and its year.
SELECT
    c.month,
    c.period_kind,
    c.period,
    c.year,
    p.period_start,
    p.period_end
FROM (
    SELECT
        m.month,
        k.period_kind,
        CASE k.period_kind
            WHEN 'month' THEN m.month
            WHEN 'quarter' THEN concat(
                substring(m.month, 1, 4), '-Q',
                CAST(
                    CAST(floor((CAST(substring(m.month, 6, 2) AS INT) + 2) / 3.0) AS INT) AS VARCHAR
                )
            )
            ELSE substring(m.month, 1, 4)
        END AS period,
        CAST(substring(m.month, 1, 4) AS INT) AS year
    FROM (SELECT DISTINCT month FROM core_shock_exposure) AS m
    CROSS JOIN (
        SELECT 'month' AS period_kind
        UNION ALL
        SELECT 'quarter' AS period_kind
        UNION ALL
        SELECT 'year' AS period_kind
    ) AS k
) AS c
INNER JOIN ref_period AS p ON c.period_kind = p.period_kind AND c.period = p.period
