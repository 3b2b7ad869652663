-- One row a business and month in which its sales are known or were asked: its records, and each
-- month after it closed for good until another record or the end of the panel. Nobody interviews a
-- business that is gone; without those months the survivors would speak for all.
SELECT *
FROM (
    SELECT
        m.business_id,
        m.month_index,
        m.status,
        m.revenue_xof,
        m.weight,
        m.without_weight,
        m.does_not_know
    FROM core_business_month AS m
    UNION ALL
    SELECT
        m.business_id,
        k.month_index,
        m.status,
        0 AS revenue_xof,
        m.weight,
        m.without_weight,
        0 AS does_not_know
    FROM core_business_month AS m
    CROSS JOIN (SELECT max(month_index) AS last_index FROM core_business_month) AS n
    INNER JOIN (SELECT DISTINCT month_index FROM core_month_period) AS k
        ON
            k.month_index > m.month_index
            AND k.month_index <= n.last_index
            AND k.month_index < coalesce(m.next_index, 999999)
    WHERE m.status = 'closed'
) AS f
