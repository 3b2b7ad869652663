-- core_exposure_remainder_month by month, quarter and year.
SELECT
    m.level,
    m.place,
    k.period_kind,
    k.period,
    sum(m.events) AS events,
    sum(m.fatalities) AS fatalities,
    round(avg(m.displaced), 9) + 0.0 AS displaced
FROM core_exposure_remainder_month AS m
INNER JOIN core_exposure_calendar AS k ON m.month = k.month
GROUP BY m.level, m.place, k.period_kind, k.period
