-- The people of each cercle by year. `population` is known where it is published for every cercle
-- of the region, so that a region is made of all its cercles or stands as one; `people` weighs a
-- cercle all the same: without figures of its own, its region's people in equal parts.
SELECT
    c.cercle,
    c.region_2023,
    c.region_2012,
    y.year,
    r.population AS region_population,
    CASE WHEN count(o.population) OVER w = count(*) OVER w THEN o.population END AS population,
    CASE
        WHEN count(o.population) OVER w = count(*) OVER w THEN CAST(o.population AS DOUBLE)
        ELSE CAST(r.population AS DOUBLE) / count(*) OVER w
    END AS people
FROM ref_place AS c
CROSS JOIN (SELECT DISTINCT year FROM core_exposure_calendar) AS y
LEFT JOIN core_population_year AS o
    ON c.place = o.place AND o.level = 'cercle' AND y.year = o.year
LEFT JOIN core_population_year AS r
    ON c.region_2023 = r.place AND r.level = 'region' AND y.year = r.year
WHERE c.level = 'cercle'
WINDOW w AS (PARTITION BY c.region_2023, y.year)
