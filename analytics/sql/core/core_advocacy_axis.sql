-- An axis of the campaign: the latest delivered version, unless it was withdrawn.
SELECT
    s.axis_id,
    s.title_fr,
    s.title_en,
    s.description_fr,
    s.description_en
FROM (
    SELECT
        *,
        row_number() OVER (PARTITION BY axis_id ORDER BY _sequence DESC, _row DESC) AS version_rank
    FROM landed_advocacy_axis
) AS s
WHERE s.version_rank = 1 AND NOT s._withdrawn
