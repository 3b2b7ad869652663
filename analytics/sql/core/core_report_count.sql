-- by group, year by year
-- Reports expected, in, and late, by the period they are about, place and partner.
SELECT
    period,
    month,
    region_2023,
    region_2012,
    cercle,
    partner,
    max(due) AS due,
    count(*) AS expected,
    sum(reported) AS reported,
    sum(late) AS late,
    sum(silent) AS silent
FROM core_group_report
GROUP BY period, month, region_2023, region_2012, cercle, partner
