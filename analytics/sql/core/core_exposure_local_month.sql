-- Each cercle in each month for which a feed says anything: raw measures side by side.
-- Counts (events, deaths, displaced) are the cercle's own. In a month in which a feed names any
-- cercle, a cercle it does not name had none. Intensities (prices, rain, food security) come from
-- the cercle, else from its region.
SELECT
    c.cercle,
    c.region_2023,
    c.region_2012,
    m.month,
    CASE WHEN m.has_events = 1 THEN coalesce(e.events, 0.0) END AS events,
    CASE WHEN m.has_fatalities = 1 THEN coalesce(e.fatalities, 0.0) END AS fatalities,
    CASE WHEN m.has_displaced = 1 THEN coalesce(e.displaced, 0.0) END AS displaced,
    e.onset,
    coalesce(e.price_change_pct, n.price_change_pct, o.price_change_pct) AS price_change_pct,
    coalesce(e.alps, n.alps, o.alps) AS alps,
    coalesce(e.rainfall_pct_normal, n.rainfall_pct_normal, o.rainfall_pct_normal)
        AS rainfall_pct_normal,
    coalesce(e.rainfall_z, n.rainfall_z, o.rainfall_z) AS rainfall_z,
    coalesce(e.phase3plus_share, n.phase3plus_share, o.phase3plus_share) AS phase3plus_share,
    coalesce(e.stringency, n.stringency, o.stringency) AS stringency
FROM ref_place AS c
CROSS JOIN (
    SELECT
        month,
        max(CASE WHEN level = 'cercle' AND measure = 'events' THEN 1 ELSE 0 END) AS has_events,
        max(CASE WHEN level = 'cercle' AND measure = 'fatalities' THEN 1 ELSE 0 END)
            AS has_fatalities,
        max(CASE WHEN level = 'cercle' AND measure = 'displaced' THEN 1 ELSE 0 END)
            AS has_displaced
    FROM core_shock_exposure
    GROUP BY month
) AS m
LEFT JOIN core_exposure_place_month AS e
    ON c.place = e.place AND e.level = 'cercle' AND m.month = e.month
LEFT JOIN core_exposure_place_month AS n
    ON c.region_2023 = n.place AND n.level = 'region' AND m.month = n.month
LEFT JOIN core_exposure_place_month AS o
    ON c.region_2012 = o.place AND o.level = 'region' AND m.month = o.month
WHERE c.level = 'cercle'
