-- Whom a project reached in a year and region: people reached directly and indirectly stay apart.
SELECT
    s.project,
    s.year,
    s.region,
    s.direct_women,
    s.direct_men,
    s.indirect,
    s.source
FROM (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY project, year, region ORDER BY _sequence DESC, _row DESC
        ) AS version_rank
    FROM landed_reach
) AS s
WHERE s.version_rank = 1
