-- Reports expected, in, and late, by the month in which their period ends, region and partner.
-- ``silent`` are the late ones of groups not heard of for twelve months.
-- ``due`` tells whether the delay for that month has passed; before that nothing is late yet.
SELECT
    month,
    region_2023,
    region_2012,
    partner,
    max(due) AS due,
    sum(expected) AS expected,
    sum(reported) AS reported,
    sum(late) AS late,
    sum(silent) AS silent
FROM core_report_count
GROUP BY month, region_2023, region_2012, partner
