-- Each cercle in each month, quarter and year: counts added up, the number displaced averaged (it
-- is a stock), price alert at its worst month, other intensities averaged.
SELECT
    e.cercle,
    e.region_2023,
    e.region_2012,
    e.period_kind,
    e.period,
    e.year,
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
FROM (
    SELECT
        *,
        'month' AS period_kind,
        month AS period,
        CAST(substring(month, 1, 4) AS INT) AS year
    FROM core_exposure_cercle_month
    UNION ALL
    SELECT
        *,
        'quarter' AS period_kind,
        concat(
            substring(month, 1, 4), '-Q',
            CAST(CAST(floor((CAST(substring(month, 6, 2) AS INT) + 2) / 3.0) AS INT) AS VARCHAR)
        ) AS period,
        CAST(substring(month, 1, 4) AS INT) AS year
    FROM core_exposure_cercle_month
    UNION ALL
    SELECT
        *,
        'year' AS period_kind,
        substring(month, 1, 4) AS period,
        CAST(substring(month, 1, 4) AS INT) AS year
    FROM core_exposure_cercle_month
) AS e
GROUP BY e.cercle, e.region_2023, e.region_2012, e.period_kind, e.period, e.year
