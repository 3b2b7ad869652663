-- One row a business and crisis that struck where its group is, and from which month.
SELECT
    b.business_id,
    k.crisis,
    coalesce(p.onset_index, n.onset_index) AS onset_index
FROM (SELECT DISTINCT business_id, group_id FROM core_business_month) AS b
INNER JOIN core_vsla_group AS g ON b.group_id = g.group_id
CROSS JOIN (SELECT DISTINCT crisis FROM core_crisis_onset) AS k
LEFT JOIN core_crisis_onset AS p ON k.crisis = p.crisis AND g.cercle = p.cercle
LEFT JOIN core_crisis_onset AS n ON k.crisis = n.crisis AND n.cercle IS NULL
WHERE p.onset_index IS NOT NULL OR n.onset_index IS NOT NULL
