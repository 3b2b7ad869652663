-- What published feeds say of a place and month: the latest delivered version of each key, and
-- where the place lies. `source_rank` = 1 marks the source that counts where several publish the
-- same measure: the one delivered last. What is only shown beside the exposure (demonstrations,
-- another register of the same violence: `role: beside` of data/reference/feeds.yaml) is left out.
--
-- Many cercles bear their region's name and slug. What a source says of such a place is of the
-- cercle where the source also speaks of places that are only cercles, or names the level itself;
-- else of the region.
SELECT
    s.place,
    p.level,
    p.cercle,
    p.region_2023,
    p.region_2012,
    s.month,
    s.kind,
    s.measure,
    s.value,
    s.source,
    row_number() OVER (
        PARTITION BY p.level, s.place, s.month, s.kind, s.measure
        ORDER BY s._sequence DESC, s.source
    ) AS source_rank
FROM (
    SELECT
        v.*,
        CASE
            WHEN n.levels = 1 THEN n.only_level
            WHEN
                max(CASE WHEN n.only_level = 'cercle' AND n.levels = 1 THEN 1 ELSE 0 END)
                    OVER (PARTITION BY v.source, v.measure) = 1
                THEN 'cercle'
            WHEN lower(v.source) LIKE '%cercle%' THEN 'cercle'
            ELSE 'region'
        END AS level
    FROM (
        SELECT
            *,
            row_number() OVER (
                PARTITION BY place, month, kind, measure, source
                ORDER BY _sequence DESC, _row DESC
            ) AS version_rank
        FROM landed_shock_exposure
    ) AS v
    INNER JOIN (
        SELECT
            place,
            count(*) AS levels,
            min(level) AS only_level
        FROM ref_place
        GROUP BY place
    ) AS n ON v.place = n.place
    LEFT JOIN ref_source AS f ON v.source = f.source
    WHERE v.version_rank = 1 AND coalesce(f.beside, 0) = 0
) AS s
INNER JOIN ref_place AS p ON s.place = p.place AND s.level = p.level
