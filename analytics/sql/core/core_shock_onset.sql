-- The month (index) in which each kind of shock first reached each cercle, for claims about effects:
-- the first month a source dates as its onset, for kinds that any source dates; for the others the
-- first month in which the cercle stood in the top class of that kind (core_exposure_class). COVID-19
-- reached the whole country at once. `onsets` counts the months that sources date: more than one is a
-- shock that came again. A cercle without a row was never reached.
SELECT
    s.kind,
    s.cercle,
    min(s.month_index) AS onset_index,
    count(DISTINCT CASE WHEN s.dated = 1 THEN s.month_index END) AS onsets,
    max(s.nationwide) AS nationwide
FROM (
    SELECT
        e.kind,
        c.cercle,
        d.month_index,
        CASE WHEN e.level = 'country' THEN 1 ELSE 0 END AS nationwide,
        1 AS dated
    FROM core_shock_exposure AS e
    INNER JOIN ref_place AS c
        ON
            c.level = 'cercle'
            AND (
                e.level = 'country'
                OR (e.level = 'cercle' AND e.place = c.cercle)
                OR (e.level = 'region' AND e.place IN (c.region_2023, c.region_2012))
            )
    INNER JOIN ref_day AS d ON e.month = d.month AND d.day_of_month = 1
    WHERE e.measure = 'onset' AND e.value >= 1
    UNION ALL
    SELECT
        o.crisis AS kind,
        c.cercle,
        o.onset_index AS month_index,
        1 AS nationwide,
        0 AS dated
    FROM core_crisis_onset AS o
    INNER JOIN ref_place AS c ON c.level = 'cercle'
    WHERE o.crisis = 'covid19' AND o.cercle IS NULL
    UNION ALL
    SELECT
        k.kind,
        x.cercle,
        d.month_index,
        0 AS nationwide,
        0 AS dated
    FROM core_exposure_class AS x
    INNER JOIN ref_day AS d ON x.period = d.month AND d.day_of_month = 1
    INNER JOIN (
        SELECT 'insecurity' AS kind UNION ALL SELECT 'prices' AS kind
        UNION ALL SELECT 'climate' AS kind UNION ALL SELECT 'displacement' AS kind
        UNION ALL SELECT 'food_insecurity' AS kind
    ) AS k
        ON
            (k.kind = 'insecurity' AND x.insecurity = 1)
            OR (k.kind = 'prices' AND x.prices = 1)
            OR (k.kind = 'climate' AND x.climate = 1)
            OR (k.kind = 'displacement' AND x.displacement = 1)
            OR (k.kind = 'food_insecurity' AND x.food_insecurity = 1)
    WHERE x.period_kind = 'month'
) AS s
LEFT JOIN (
    SELECT DISTINCT kind FROM core_shock_exposure WHERE measure = 'onset' AND value >= 1
) AS w ON s.kind = w.kind
WHERE s.dated = 1 OR w.kind IS NULL
GROUP BY s.kind, s.cercle
