-- One row a training, forum or dialogue: its latest delivered version, with the women and men who
-- took part. An activity without anyone reached no one and is left out.
SELECT
    a.activity_id,
    a.date,
    a.kind,
    p.region_2023,
    p.region_2012,
    a.women,
    a.men
FROM (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY activity_id ORDER BY _sequence DESC, _row DESC
        ) AS version_rank
    FROM landed_activity
) AS a
INNER JOIN ref_place_assignment AS p
    ON
        a.region = p.region
        AND p.cercle = ''
        AND p.division = ''
WHERE a.version_rank = 1 AND a.women + a.men > 0
