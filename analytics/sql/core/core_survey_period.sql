-- Each answer to a survey in the month, the quarter and the year of its interview.
SELECT
    s.*,
    p.period_kind,
    p.period,
    p.period_start,
    p.period_end
FROM core_member_survey AS s
INNER JOIN ref_day_period AS q ON s.survey_date = q.day
INNER JOIN ref_period AS p ON q.period_kind = p.period_kind AND q.period = p.period
