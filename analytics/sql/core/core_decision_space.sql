-- One row a decision space and date: the latest delivered version. A space without seats decides
-- nothing and is left out. Where no woman sits, no woman of a savings group does: forms do not ask.
SELECT
    s.space_id,
    s.date,
    s.level,
    s.kind,
    s.crisis_phase,
    p.region_2023,
    p.region_2012,
    s.cercle,
    s.seats,
    s.seats_women,
    CASE WHEN s.seats_women = 0 THEN 0 ELSE s.seats_vsla_women END AS seats_vsla_women
FROM (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY space_id, date ORDER BY _sequence DESC, _row DESC
        ) AS version_rank
    FROM landed_decision_space
) AS s
INNER JOIN ref_place_assignment AS p
    ON
        s.region = p.region
        AND p.cercle = coalesce(s.cercle, '')
        AND p.division = ''
WHERE s.version_rank = 1 AND s.seats > 0
