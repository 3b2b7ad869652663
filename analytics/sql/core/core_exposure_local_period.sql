-- The measures of each cercle and period, as core_exposure_cercle_period has them, without what is
-- known of the country alone.
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
    round(avg(e.price_change_pct), 9) + 0.0 AS price_change_pct,
    max(e.alps) AS alps,
    round(avg(e.rainfall_z), 9) + 0.0 AS rainfall_z,
    round(avg(e.phase3plus_share), 9) + 0.0 AS phase3plus_share,
    round(avg(e.stringency), 9) + 0.0 AS stringency
FROM core_exposure_local_month AS e
INNER JOIN core_exposure_calendar AS k ON e.month = k.month
GROUP BY e.cercle, e.region_2023, e.region_2012, k.period_kind, k.period, k.year
