-- Each composition of a decision space in its month, quarter and year; recency 1 is the last one.
SELECT
    s.*,
    p.period_kind,
    p.period,
    p.period_start,
    p.period_end,
    row_number() OVER (
        PARTITION BY s.space_id, p.period_kind, p.period ORDER BY s.date DESC
    ) AS recency
FROM core_decision_space AS s
INNER JOIN ref_day_period AS q ON s.date = q.day
INNER JOIN ref_period AS p ON q.period_kind = p.period_kind AND q.period = p.period
