-- What feeds say of a whole region, or of the country, by period. Counts stand where no cercle is
-- counted in the period; what a feed adds to its cercles is in core_exposure_remainder_month.
-- A region that was split in 2023 may be meant as it was (place_level 1): it is in no region of
-- 2023, and has the people of all its parts.
SELECT
    w.period_kind,
    w.period,
    CASE WHEN w.level = 'country' THEN 0 WHEN g.parts > 1 THEN 1 ELSE 2 END AS place_level,
    CASE
        WHEN w.level = 'country' THEN NULL
        WHEN g.parts > 1 THEN 'not_specified'
        ELSE w.place
    END AS region_2023,
    CASE WHEN w.level = 'country' THEN NULL ELSE coalesce(g.region_2012, w.place) END
        AS region_2012,
    CASE WHEN n.events IS NULL THEN w.events END AS events,
    CASE WHEN n.fatalities IS NULL THEN w.fatalities END AS fatalities,
    CASE WHEN n.displaced IS NULL THEN w.displaced END AS displaced,
    CASE WHEN w.level = 'country' THEN t.population ELSE g.population END AS population,
    w.alps,
    w.price_change_pct,
    w.rainfall_z,
    w.phase3plus_share,
    w.stringency
FROM (
    SELECT
        p.level,
        p.place,
        k.period_kind,
        k.period,
        k.year,
        sum(p.events) AS events,
        sum(p.fatalities) AS fatalities,
        round(avg(p.displaced), 9) + 0.0 AS displaced,
        max(p.alps) AS alps,
        round(avg(p.price_change_pct), 9) + 0.0 AS price_change_pct,
        round(avg(p.rainfall_z), 9) + 0.0 AS rainfall_z,
        round(avg(p.phase3plus_share), 9) + 0.0 AS phase3plus_share,
        round(avg(p.stringency), 9) + 0.0 AS stringency
    FROM core_exposure_place_month AS p
    INNER JOIN core_exposure_calendar AS k ON p.month = k.month
    WHERE p.level <> 'cercle'
    GROUP BY p.level, p.place, k.period_kind, k.period, k.year
) AS w
LEFT JOIN (
    SELECT
        period_kind,
        period,
        max(events) AS events,
        max(fatalities) AS fatalities,
        max(displaced) AS displaced
    FROM core_exposure_local_period
    GROUP BY period_kind, period
) AS n ON w.period_kind = n.period_kind AND w.period = n.period
LEFT JOIN (
    SELECT
        b.place,
        b.year,
        max(b.region_2012) AS region_2012,
        count(DISTINCT b.region_2023) AS parts,
        sum(b.people) AS population
    FROM (
        -- A region of 2023 that was not there before, and a region of 2012 with all its parts.
        SELECT
            c.region_2023 AS place,
            c.year,
            c.region_2012,
            c.region_2023,
            c.people
        FROM core_population_cercle AS c
        WHERE c.region_2023 <> c.region_2012
        UNION ALL
        SELECT
            c.region_2012 AS place,
            c.year,
            c.region_2012,
            c.region_2023,
            c.people
        FROM core_population_cercle AS c
        UNION ALL
        SELECT
            u.region_2012 AS place,
            u.year,
            u.region_2012,
            u.place AS region_2023,
            u.population AS people
        FROM core_population_uncut AS u
        UNION ALL
        SELECT
            u.place,
            u.year,
            u.region_2012,
            u.place AS region_2023,
            u.population AS people
        FROM core_population_uncut AS u
    ) AS b
    GROUP BY b.place, b.year
) AS g ON w.place = g.place AND w.year = g.year
LEFT JOIN (
    SELECT
        year,
        sum(population) AS population
    FROM core_population_year
    WHERE level = 'region'
    GROUP BY year
) AS t ON w.year = t.year
