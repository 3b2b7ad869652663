-- One row a business, crisis and month since the crisis struck it: revenue beside its baseline,
-- the mean revenue of the same calendar month in the two years before. Seasons are strong: a month
-- of the lean season is compared with the lean season. A business that has no record of that
-- calendar month before the crisis has no baseline, and no ratio.
SELECT
    m.business_id,
    s.crisis,
    s.onset_index,
    m.month_index,
    m.status,
    m.revenue_xof,
    b.baseline_xof,
    m.revenue_xof / b.baseline_xof AS revenue_ratio,
    m.weight,
    m.without_weight,
    m.does_not_know
FROM core_business_struck AS s
INNER JOIN core_business_followed AS m
    ON s.business_id = m.business_id AND m.month_index >= s.onset_index
INNER JOIN (
    SELECT
        s.business_id,
        s.crisis,
        m.month_index % 12 AS calendar_month,
        avg(m.revenue_xof) AS baseline_xof
    FROM core_business_struck AS s
    INNER JOIN core_business_month AS m
        ON
            s.business_id = m.business_id
            AND m.month_index < s.onset_index
            AND m.month_index >= s.onset_index - 24
    WHERE m.revenue_xof IS NOT NULL
    GROUP BY s.business_id, s.crisis, m.month_index % 12
) AS b
    ON
        m.business_id = b.business_id
        AND s.crisis = b.crisis
        AND m.month_index % 12 = b.calendar_month
WHERE b.baseline_xof > 0
