-- Dated crises: the published register, and above it what an office imported.
-- An imported event with the same event_id replaces the published one.
SELECT
    e.event_id,
    e.start_date,
    e.end_date,
    e.kind,
    e.title_fr,
    e.title_en,
    e.region,
    e.source,
    e.source_url
FROM (
    SELECT
        *,
        row_number() OVER (PARTITION BY event_id ORDER BY _sequence DESC, _row DESC) AS version_rank
    FROM (
        SELECT * FROM ref_crisis_event
        UNION ALL
        SELECT * FROM landed_crisis_event
    ) AS both_sources
) AS e
WHERE e.version_rank = 1
