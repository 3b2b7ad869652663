-- What a project cost in a year.
SELECT
    s.project,
    s.year,
    s.cost_xof,
    s.source
FROM (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY project, year ORDER BY _sequence DESC, _row DESC
        ) AS version_rank
    FROM landed_programme_cost
) AS s
WHERE s.version_rank = 1
