-- One row a business and crisis that struck where its group is, and from which month. A business
-- that had closed for good before is not struck: no crisis closed it.
SELECT
    b.business_id,
    k.crisis,
    coalesce(p.onset_index, n.onset_index) AS onset_index
FROM core_business AS b
INNER JOIN core_vsla_group AS g ON b.group_id = g.group_id
CROSS JOIN (SELECT DISTINCT crisis FROM core_crisis_onset) AS k
LEFT JOIN core_crisis_onset AS p ON k.crisis = p.crisis AND g.cercle = p.cercle
LEFT JOIN core_crisis_onset AS n ON k.crisis = n.crisis AND n.cercle IS NULL
LEFT JOIN core_business_month AS c
    ON
        b.business_id = c.business_id
        AND c.status = 'closed'
        AND c.month_index < coalesce(p.onset_index, n.onset_index)
        AND coalesce(c.next_index, 999999) >= coalesce(p.onset_index, n.onset_index)
WHERE (p.onset_index IS NOT NULL OR n.onset_index IS NOT NULL) AND c.business_id IS NULL
