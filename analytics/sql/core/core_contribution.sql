-- One row a contribution: its latest delivered version, each deed once. The same group, date, kind
-- and quantity told twice (by its ledger and by a report, say) is one contribution: the strongest
-- source stands (ledger, report, photo, testimony), and says how many tellings were set aside. Without a
-- quantity, amount and people reached decide whether two rows tell of the same.
SELECT
    d.contribution_id,
    d.group_id,
    d.date,
    d.kind,
    d.purpose,
    d.phase,
    d.crisis,
    d.beneficiary,
    d.initiative,
    d.women_involved,
    d.people_reached,
    d.households_reached,
    d.quantity,
    d.quantity_unit,
    d.value_xof,
    d.source,
    d.times_told - 1 AS set_aside
FROM (
    SELECT
        v.*,
        count(*) OVER (
            PARTITION BY
                v.group_id, v.date, v.kind, v.quantity,
                CASE WHEN v.quantity IS NULL THEN v.value_xof END,
                CASE WHEN v.quantity IS NULL THEN v.people_reached END
        ) AS times_told,
        row_number() OVER (
            PARTITION BY
                v.group_id, v.date, v.kind, v.quantity,
                CASE WHEN v.quantity IS NULL THEN v.value_xof END,
                CASE WHEN v.quantity IS NULL THEN v.people_reached END
            ORDER BY
                CASE v.source
                    WHEN 'ledger' THEN 1 WHEN 'report' THEN 2 WHEN 'photo' THEN 3 ELSE 4
                END, v.contribution_id
        ) AS telling
    FROM (
        SELECT
            *,
            row_number() OVER (
                PARTITION BY contribution_id ORDER BY _sequence DESC, _row DESC
            ) AS version_rank
        FROM landed_contribution
    ) AS v
    WHERE v.version_rank = 1
) AS d
WHERE d.telling = 1
