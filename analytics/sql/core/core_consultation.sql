-- A regional consultation: the latest delivered version, unless it was withdrawn.
SELECT
    s.consultation_id,
    s.date,
    s.region,
    s.women,
    s.men,
    s.priorities
FROM (
    SELECT
        *,
        row_number() OVER (PARTITION BY consultation_id ORDER BY _sequence DESC, _row DESC) AS version_rank
    FROM landed_consultation
) AS s
WHERE s.version_rank = 1 AND NOT s._withdrawn
