-- One row a cycle: its latest delivered version, with the day the next cycle of the group began.
-- An observation belongs to the cycle that had begun and had not been followed by another.
SELECT
    c.group_id,
    c.cycle_no,
    c.date_savings_started,
    lead(c.date_savings_started) OVER (
        PARTITION BY c.group_id ORDER BY c.date_savings_started, c.cycle_no
    ) AS next_cycle_started,
    c.members_at_start,
    c.share_value_xof,
    c.assets_at_start_xof,
    c.debts_at_start_xof,
    c.interest_rate_month_pct,
    c.status,
    c.date_share_out,
    c.share_out_xof
FROM (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY group_id, cycle_no ORDER BY _sequence DESC, _row DESC
        ) AS version_rank
    FROM landed_vsla_cycle
) AS c
WHERE c.version_rank = 1
