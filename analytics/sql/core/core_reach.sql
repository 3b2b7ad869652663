-- One row a project, year and region (empty: the whole country), in its latest delivered version.
-- A project that names a region created in 2023 speaks of the division of 2023; one that does not
-- has said nothing of the division, and an old region that was split is then not specified in the
-- new one. Where a project gives its regions, its row for the country is their total and not more
-- people: it is left out.
SELECT
    r.project,
    r.year,
    r.region,
    coalesce(p.region_2023, 'not_specified') AS region_2023,
    coalesce(p.region_2012, 'not_specified') AS region_2012,
    r.direct_women,
    r.direct_men,
    r.indirect,
    r.source
FROM (
    SELECT
        v.*,
        max(CASE WHEN v.region IS NOT NULL THEN 1 ELSE 0 END)
            OVER (PARTITION BY v.project, v.year) AS has_regions,
        max(CASE WHEN n.region_2012 <> v.region THEN 1 ELSE 0 END)
            OVER (PARTITION BY v.project, v.year) AS new_division
    FROM (
        SELECT
            *,
            row_number() OVER (
                PARTITION BY project, year, region ORDER BY _sequence DESC, _row DESC
            ) AS version_rank
        FROM landed_reach
    ) AS v
    LEFT JOIN ref_place AS n ON v.region = n.place AND n.level = 'region'
    WHERE v.version_rank = 1
) AS r
LEFT JOIN ref_place_assignment AS p
    ON
        r.region = p.region
        AND p.cercle = ''
        AND p.division = CASE WHEN r.new_division = 1 THEN '2023' ELSE '' END
WHERE r.region IS NOT NULL OR r.has_regions = 0
