-- One row a business: its group, its owner and its trade, as last recorded.
SELECT
    m.business_id,
    m.group_id,
    m.owner_sex,
    m.sector
FROM core_business_month AS m
WHERE m.next_obs_date IS NULL
