-- A demand and its latest answer. Its region is one of the division of 2023.
SELECT
    s.demand_id,
    s.axis_id,
    s.date,
    s.region,
    s.addressed_to,
    s.text_fr,
    s.text_en,
    s.claim_ids,
    s.status,
    s.status_date
FROM (
    SELECT
        *,
        row_number() OVER (PARTITION BY demand_id ORDER BY _sequence DESC, _row DESC) AS version_rank
    FROM landed_demand
) AS s
WHERE s.version_rank = 1 AND NOT s._withdrawn
