-- An action of the plan. Its region is one of the division of 2023, as the plan names it.
SELECT
    s.action_id,
    s.axis_id,
    s.region,
    s.title_fr,
    s.title_en,
    s.responsible,
    s.due_date,
    s.status,
    s.budget_xof,
    s.spent_xof,
    s.indicator_id,
    s.target
FROM (
    SELECT
        *,
        row_number() OVER (PARTITION BY action_id ORDER BY _sequence DESC, _row DESC) AS version_rank
    FROM landed_action
) AS s
WHERE s.version_rank = 1 AND NOT s._withdrawn
