-- Each cercle in each month, quarter and year: counts added up, the number displaced averaged (it
-- is a stock), price alert at its worst month, other intensities averaged.
SELECT
    e.cercle,
    e.region_2023,
    e.region_2012,
    k.period_kind,
    k.period,
    k.year,
    sum(e.events) AS events,
    sum(e.fatalities) AS fatalities,
    avg(e.displaced) AS displaced,
    max(e.onset) AS onset,
    avg(e.price_change_pct) AS price_change_pct,
    max(e.alps) AS alps,
    avg(e.rainfall_pct_normal) AS rainfall_pct_normal,
    avg(e.rainfall_z) AS rainfall_z,
    avg(e.phase3plus_share) AS phase3plus_share,
    avg(e.stringency) AS stringency
FROM core_exposure_cercle_month AS e
INNER JOIN core_exposure_calendar AS k ON e.month = k.month
GROUP BY e.cercle, e.region_2023, e.region_2012, k.period_kind, k.period, k.year
