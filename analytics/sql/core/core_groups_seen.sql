-- How many groups sent a record, by year and region of both divisions.
SELECT
    o.period,
    g.region_2023,
    g.region_2012,
    count(DISTINCT o.group_id) AS n_groups
FROM core_last_observation AS o
INNER JOIN core_vsla_group AS g ON o.group_id = g.group_id
WHERE o.period_kind = 'year'
GROUP BY o.period, g.region_2023, g.region_2012
