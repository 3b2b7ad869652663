-- An ally: an organisation, never a person. Without region it works in the whole country.
SELECT
    s.ally_id,
    s.name,
    s.kind,
    s.region,
    s.joined
FROM (
    SELECT
        *,
        row_number() OVER (PARTITION BY ally_id ORDER BY _sequence DESC, _row DESC) AS version_rank
    FROM landed_ally
) AS s
WHERE s.version_rank = 1 AND NOT s._withdrawn
