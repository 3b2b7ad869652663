-- Population by place and year: published figures, and above them what an office imported.
SELECT
    p.place,
    p.year,
    p.population,
    p.women,
    p.source
FROM (
    SELECT
        *,
        row_number() OVER (PARTITION BY place, year ORDER BY _sequence DESC, _row DESC) AS version_rank
    FROM (
        SELECT * FROM ref_population
        UNION ALL
        SELECT * FROM landed_population
    ) AS both_sources
) AS p
WHERE p.version_rank = 1
