-- One row an indicator, region (empty: the whole country) and year, in its latest delivered
-- version. division: 2023 where the targets of the indicator and year name a region created then;
-- else the old one, in which every name of theirs has one meaning.
SELECT
    v.indicator_id,
    v.region,
    v.year,
    v.baseline,
    v.target,
    CASE
        WHEN max(CASE WHEN n.region_2012 <> v.region THEN 1 ELSE 0 END)
            OVER (PARTITION BY v.indicator_id, v.year) = 1 THEN '2023'
        ELSE '2012'
    END AS division
FROM (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY indicator_id, region, year ORDER BY _sequence DESC, _row DESC
        ) AS version_rank
    FROM landed_target
) AS v
LEFT JOIN ref_place AS n ON v.region = n.place AND n.level = 'region'
WHERE v.version_rank = 1
