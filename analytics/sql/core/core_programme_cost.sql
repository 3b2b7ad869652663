-- One row a project and year, in its latest delivered version.
SELECT
    v.project,
    v.year,
    v.cost_xof
FROM (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY project, year ORDER BY _sequence DESC, _row DESC
        ) AS version_rank
    FROM landed_programme_cost
) AS v
WHERE v.version_rank = 1
