-- One row a place and period (month, quarter, year); place_level as estimates.mart reads it: the
-- finest rows of a measure make a place up.
--
-- Rates need people. Where a region's cercles all have a published population, its rows are the
-- cercles' (and one without cercle for what is known no more exactly than the region); else the
-- region is one row. What is known of a region or the country only stands as such.
-- Intensities (levels, changes, shares) are `<measure>_people`, weighted by `people`; a figure of
-- the country alone weighs 1. Price alert on the published scale (WFP 2014): gap to the seasonal
-- trend of 0.25, 1 and 2 standard deviations -> 1 stress, 2 alert, 3 crisis.
SELECT
    r.period_kind,
    r.period,
    d.period_start,
    d.period_end,
    r.place_level,
    r.cercle,
    r.region_2023,
    r.region_2012,
    r.events,
    r.fatalities,
    r.displaced AS displaced_persons,
    r.population,
    r.people,
    CASE
        WHEN r.alps IS NULL THEN NULL
        WHEN r.alps >= 2 THEN 3
        WHEN r.alps >= 1 THEN 2
        WHEN r.alps >= 0.25 THEN 1
        ELSE 0
    END * r.people AS alps_people,
    r.price_change_pct * r.people AS price_change_people,
    r.rainfall_z * r.people AS rainfall_z_people,
    r.phase3plus_share * r.people AS phase3plus_people,
    r.stringency * r.people AS stringency_people,
    r.people_exposed
FROM (
    -- Cercles.
    SELECT
        e.period_kind,
        e.period,
        3 AS place_level,
        e.cercle,
        e.region_2023,
        e.region_2012,
        e.events,
        e.fatalities,
        e.displaced,
        CAST(p.population AS DOUBLE) AS population,
        p.people,
        e.alps,
        e.price_change_pct,
        e.rainfall_z,
        e.phase3plus_share,
        e.stringency,
        x.exposed * p.people AS people_exposed
    FROM core_exposure_local_period AS e
    INNER JOIN core_population_cercle AS p ON e.cercle = p.cercle AND e.year = p.year
    LEFT JOIN core_exposure_class AS x
        ON e.cercle = x.cercle AND e.period_kind = x.period_kind AND e.period = x.period
    UNION ALL
    -- Regions as the sum of their cercles, or what comes on top of them.
    SELECT
        e.period_kind,
        e.period,
        CASE WHEN e.cercles_known = 1 THEN 3 ELSE 2 END AS place_level,
        NULL AS cercle,
        e.region_2023,
        e.region_2012,
        CASE WHEN e.cercles_known = 1 THEN m.events ELSE e.events + coalesce(m.events, 0.0) END
            AS events,
        CASE
            WHEN e.cercles_known = 1 THEN m.fatalities
            ELSE e.fatalities + coalesce(m.fatalities, 0.0)
        END AS fatalities,
        CASE
            WHEN e.cercles_known = 1 THEN m.displaced
            ELSE e.displaced + coalesce(m.displaced, 0.0)
        END AS displaced,
        CASE WHEN e.cercles_known = 1 THEN 0.0 ELSE e.population END AS population,
        NULL AS people,
        NULL AS alps,
        NULL AS price_change_pct,
        NULL AS rainfall_z,
        NULL AS phase3plus_share,
        NULL AS stringency,
        NULL AS people_exposed
    FROM (
        SELECT
            l.period_kind,
            l.period,
            l.region_2023,
            l.region_2012,
            CASE WHEN count(p.population) = count(*) THEN 1 ELSE 0 END AS cercles_known,
            sum(l.events) AS events,
            sum(l.fatalities) AS fatalities,
            round(sum(l.displaced), 9) AS displaced,
            CAST(max(p.region_population) AS DOUBLE) AS population
        FROM core_exposure_local_period AS l
        INNER JOIN core_population_cercle AS p ON l.cercle = p.cercle AND l.year = p.year
        GROUP BY l.period_kind, l.period, l.region_2023, l.region_2012
    ) AS e
    LEFT JOIN core_exposure_remainder_period AS m
        ON
            e.region_2023 = m.place
            AND m.level = 'region'
            AND e.period_kind = m.period_kind
            AND e.period = m.period
    UNION ALL
    -- What is known of the country alone: on top of the cercles, or all there is.
    SELECT
        m.period_kind,
        m.period,
        3 AS place_level,
        NULL AS cercle,
        NULL AS region_2023,
        NULL AS region_2012,
        m.events,
        m.fatalities,
        m.displaced,
        0.0 AS population,
        NULL AS people,
        NULL AS alps,
        NULL AS price_change_pct,
        NULL AS rainfall_z,
        NULL AS phase3plus_share,
        NULL AS stringency,
        NULL AS people_exposed
    FROM core_exposure_remainder_period AS m
    WHERE m.level = 'country'
    UNION ALL
    -- The people of regions without cercles.
    SELECT
        n.period_kind,
        n.period,
        3 AS place_level,
        NULL AS cercle,
        NULL AS region_2023,
        u.region_2012,
        0.0 * n.events AS events,
        0.0 * n.fatalities AS fatalities,
        0.0 * n.displaced AS displaced,
        CAST(u.population AS DOUBLE) AS population,
        NULL AS people,
        NULL AS alps,
        NULL AS price_change_pct,
        NULL AS rainfall_z,
        NULL AS phase3plus_share,
        NULL AS stringency,
        NULL AS people_exposed
    FROM core_population_uncut AS u
    INNER JOIN (
        SELECT
            period_kind,
            period,
            year,
            max(events) AS events,
            max(fatalities) AS fatalities,
            max(displaced) AS displaced
        FROM core_exposure_local_period
        GROUP BY period_kind, period, year
    ) AS n ON u.year = n.year
    UNION ALL
    -- Figures of regions and of the country where no cercle is named.
    SELECT
        w.period_kind,
        w.period,
        w.place_level,
        NULL AS cercle,
        w.region_2023,
        w.region_2012,
        w.events,
        w.fatalities,
        w.displaced,
        w.population,
        CASE WHEN w.place_level = 0 THEN 1.0 END AS people,
        w.alps,
        w.price_change_pct,
        w.rainfall_z,
        w.phase3plus_share,
        w.stringency,
        NULL AS people_exposed
    FROM core_exposure_whole_period AS w
) AS r
INNER JOIN (
    SELECT DISTINCT
        period_kind,
        period,
        period_start,
        period_end
    FROM core_exposure_calendar
) AS d ON r.period_kind = d.period_kind AND r.period = d.period
