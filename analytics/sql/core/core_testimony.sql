-- One row a testimony given with consent: its latest delivered version. It names no one and no
-- village; its region is told to the public by the unit that regions are published in.
SELECT
    t.testimony_id,
    t.date,
    p.region_2023,
    p.region_2012,
    t.crisis,
    t.text_fr,
    t.text_en
FROM (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY testimony_id ORDER BY _sequence DESC, _row DESC
        ) AS version_rank
    FROM landed_testimony
) AS t
INNER JOIN ref_place_assignment AS p
    ON
        t.region = p.region
        AND p.cercle = ''
        AND p.division = ''
WHERE t.version_rank = 1 AND t.consent
