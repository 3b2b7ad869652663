-- Each cercle in each month, quarter and year: counts added up, the number displaced averaged (it
-- is a stock), price alert at its worst month, other intensities averaged. A mean is rounded, here
-- and in the other models of periods: the last digits of a sum of fractions depend on the order of
-- addition, and months that average to a cut-off must do so in every build. (Nothing has a sign,
-- which `+ 0.0` takes away.)
SELECT
    e.cercle,
    e.region_2023,
    e.region_2012,
    k.period_kind,
    k.period,
    k.year,
    sum(e.events) AS events,
    sum(e.fatalities) AS fatalities,
    round(avg(e.displaced), 9) + 0.0 AS displaced,
    max(e.onset) AS onset,
    round(avg(e.price_change_pct), 9) + 0.0 AS price_change_pct,
    max(e.alps) AS alps,
    round(avg(e.rainfall_pct_normal), 9) + 0.0 AS rainfall_pct_normal,
    round(avg(e.rainfall_z), 9) + 0.0 AS rainfall_z,
    round(avg(e.phase3plus_share), 9) + 0.0 AS phase3plus_share,
    round(avg(e.stringency), 9) + 0.0 AS stringency
FROM core_exposure_cercle_month AS e
INNER JOIN core_exposure_calendar AS k ON e.month = k.month
GROUP BY e.cercle, e.region_2023, e.region_2012, k.period_kind, k.period, k.year
