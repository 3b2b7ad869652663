-- The population of a place in each year of the exposure: the figure published for that year, else
-- that of the nearest year (the earlier of two).
SELECT
    n.level,
    n.place,
    n.year,
    n.population
FROM (
    SELECT
        p.level,
        p.place,
        y.year,
        p.population,
        row_number() OVER (
            PARTITION BY p.level, p.place, y.year ORDER BY abs(p.year - y.year), p.year
        ) AS nearness
    FROM core_population AS p
    CROSS JOIN (SELECT DISTINCT year FROM core_exposure_calendar) AS y
) AS n
WHERE n.nearness = 1
