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
    avg(e.displaced) AS displaced,
    avg(e.price_change_pct) AS price_change_pct,
    max(e.alps) AS alps,
    avg(e.rainfall_z) AS rainfall_z,
    avg(e.phase3plus_share) AS phase3plus_share,
    avg(e.stringency) AS stringency
FROM core_exposure_local_month AS e
INNER JOIN core_exposure_calendar AS k ON e.month = k.month
GROUP BY e.cercle, e.region_2023, e.region_2012, k.period_kind, k.period, k.year
