-- Regions of 2023 that no cercle of ours lies in (Taoudenit): what happens there is told of the
-- cercle it was made from, so that their people count in the country and in the region of 2012,
-- and no rate of their own can be told.
SELECT
    r.place,
    r.region_2012,
    p.year,
    p.population
FROM ref_place AS r
INNER JOIN core_population_year AS p ON r.place = p.place AND p.level = 'region'
LEFT JOIN (SELECT DISTINCT region_2023 FROM ref_place WHERE level = 'cercle') AS c
    ON r.place = c.region_2023
WHERE r.level = 'region' AND c.region_2023 IS NULL
