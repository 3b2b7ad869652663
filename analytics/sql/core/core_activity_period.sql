-- Each activity in the month, the quarter and the year it was held in.
SELECT
    a.*,
    p.period_kind,
    p.period,
    p.period_start,
    p.period_end
FROM core_activity AS a
INNER JOIN ref_day_period AS q ON a.date = q.day
INNER JOIN ref_period AS p ON q.period_kind = p.period_kind AND q.period = p.period
