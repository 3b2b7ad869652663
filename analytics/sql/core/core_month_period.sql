-- Each month of the calendar in its quarter and its year.
SELECT DISTINCT
    d.month_index,
    p.period_kind,
    p.period
FROM ref_day AS d
INNER JOIN ref_day_period AS p ON d.day = p.day
WHERE p.period_kind IN ('quarter', 'year')
