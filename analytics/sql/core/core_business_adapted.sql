-- One row a business and crisis: whether it reported an adaptation in the first three months.
-- Empty cells are no answer; what was changed later cannot explain what came before.
SELECT
    s.business_id,
    s.crisis,
    max(CASE WHEN m.adaptations = ' none ' THEN 0 ELSE 1 END) AS adapted
FROM core_business_struck AS s
INNER JOIN core_business_month AS m
    ON
        s.business_id = m.business_id
        AND m.month_index >= s.onset_index
        AND m.month_index < s.onset_index + 3
WHERE m.adaptations IS NOT NULL
GROUP BY s.business_id, s.crisis
