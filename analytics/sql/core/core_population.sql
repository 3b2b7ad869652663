-- Population by place and year: published figures, and above them what an office imported.
-- Where a cercle bears its region's name, a source that also counts places that are only cercles
-- means the cercle.
SELECT
    p.place,
    p.level,
    p.year,
    p.population,
    p.women,
    p.source
FROM (
    SELECT
        l.*,
        row_number() OVER (
            PARTITION BY l.level, l.place, l.year ORDER BY l._sequence DESC, l._row DESC
        ) AS version_rank
    FROM (
        SELECT
            b.*,
            CASE
                WHEN n.levels = 1 THEN n.only_level
                WHEN
                    max(CASE WHEN n.only_level = 'cercle' AND n.levels = 1 THEN 1 ELSE 0 END)
                        OVER (PARTITION BY b.source) = 1
                    THEN 'cercle'
                WHEN lower(b.source) LIKE '%cercle%' THEN 'cercle'
                ELSE 'region'
            END AS level
        FROM (
            SELECT * FROM ref_population
            UNION ALL
            SELECT * FROM landed_population
        ) AS b
        INNER JOIN (
            SELECT
                place,
                count(*) AS levels,
                min(level) AS only_level
            FROM ref_place
            GROUP BY place
        ) AS n ON b.place = n.place
    ) AS l
) AS p
WHERE p.version_rank = 1
