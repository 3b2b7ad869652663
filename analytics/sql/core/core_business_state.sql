-- One row a business and period (quarter, year) in which its state is known: from its last record
-- in the period, or from an earlier one that closed it for good and was followed by no other.
SELECT
    l.period_kind,
    l.period,
    l.business_id,
    l.group_id,
    l.owner_sex,
    l.sector,
    l.status,
    l.weight,
    l.without_weight
FROM (
    SELECT
        k.*,
        row_number() OVER (
            PARTITION BY k.business_id, k.period_kind, k.period ORDER BY k.obs_date DESC
        ) AS recency
    FROM (
        SELECT
            m.*,
            p.period_kind,
            p.period
        FROM core_business_month AS m
        INNER JOIN ref_day_period AS p ON m.obs_date = p.day
        WHERE p.period_kind IN ('quarter', 'year')
        UNION ALL
        SELECT
            m.*,
            p.period_kind,
            p.period
        FROM core_business_month AS m
        INNER JOIN ref_period AS p ON m.obs_date < p.period_start
        CROSS JOIN (SELECT max(obs_date) AS last_date FROM core_business_month) AS n
        WHERE
            m.status = 'closed' AND p.period_kind IN ('quarter', 'year')
            AND p.period_start <= n.last_date
            AND (m.next_obs_date IS NULL OR m.next_obs_date > p.period_end)
    ) AS k
) AS l
WHERE l.recency = 1
