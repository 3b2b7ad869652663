-- What a cercle was exposed to in a month: what is known of it or its region, else what is known
-- of the country.
SELECT
    c.cercle,
    c.region_2023,
    c.region_2012,
    c.month,
    c.events,
    c.fatalities,
    c.displaced,
    c.onset,
    coalesce(c.price_change_pct, k.price_change_pct) AS price_change_pct,
    coalesce(c.alps, k.alps) AS alps,
    coalesce(c.rainfall_pct_normal, k.rainfall_pct_normal) AS rainfall_pct_normal,
    coalesce(c.rainfall_z, k.rainfall_z) AS rainfall_z,
    coalesce(c.phase3plus_share, k.phase3plus_share) AS phase3plus_share,
    coalesce(c.stringency, k.stringency) AS stringency
FROM core_exposure_local_month AS c
LEFT JOIN core_exposure_place_month AS k ON k.level = 'country' AND c.month = k.month
