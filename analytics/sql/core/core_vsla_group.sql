-- One row a savings group: its latest delivered version, with both divisions.
-- Where a group is was decided once, in ref_place_assignment (see geography.places.assign).
SELECT
    g.group_id,
    g.date_first_training,
    g.date_closed,
    p.region_2023,
    p.region_2012,
    g.cercle,
    g.facilitating_agency AS partner,
    g.project,
    g.trainer_type,
    g.group_type,
    CASE WHEN g.network_member THEN 'true' ELSE 'false' END AS network,
    CASE WHEN g.wlie THEN 'true' ELSE 'false' END AS wlie,
    coalesce(g.reporting_frequency, 'quarterly') AS reporting_frequency
FROM (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY group_id ORDER BY _sequence DESC, _row DESC
        ) AS version_rank
    FROM landed_vsla_group
) AS g
INNER JOIN ref_place_assignment AS p
    ON
        p.region = g.region
        AND p.cercle = coalesce(g.cercle, '')
        AND p.division = coalesce(g.division, '')
WHERE g.version_rank = 1
