-- The same, one row a place and month, one column a measure.
SELECT
    place,
    level,
    month,
    max(CASE WHEN measure = 'events' THEN value END) AS events,
    max(CASE WHEN measure = 'fatalities' THEN value END) AS fatalities,
    max(CASE WHEN measure = 'displaced' THEN value END) AS displaced,
    max(CASE WHEN measure = 'onset' AND kind = 'insecurity' THEN value END) AS onset,
    max(CASE WHEN measure = 'price_change_pct' THEN value END) AS price_change_pct,
    max(CASE WHEN measure = 'alps' THEN value END) AS alps,
    max(CASE WHEN measure = 'rainfall_pct_normal' THEN value END) AS rainfall_pct_normal,
    max(CASE WHEN measure = 'rainfall_z' THEN value END) AS rainfall_z,
    max(CASE WHEN measure = 'phase3plus_share' THEN value END) AS phase3plus_share,
    max(CASE WHEN measure = 'stringency' THEN value END) AS stringency
FROM core_shock_exposure
WHERE source_rank = 1
GROUP BY place, level, month
