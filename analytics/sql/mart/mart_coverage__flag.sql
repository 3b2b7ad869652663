-- Unusual records with the place and partner of their group.
SELECT
    f.kind,
    f.group_id,
    f.obs_date,
    f.value,
    f.compared_with,
    g.region_2023,
    g.region_2012,
    g.partner
FROM core_flag AS f
INNER JOIN core_vsla_group AS g ON f.group_id = g.group_id
