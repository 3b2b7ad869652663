-- Each answer to a survey in the month, the quarter and the year of its interview, and what it
-- counts as: FCS above 35 is acceptable (above 42 where oil and sugar are eaten nearly daily), rCSI
-- up to 3 is low, from 19 on high (WFP; Cadre Harmonisé for West Africa); 4 and 5 of 5 agree.
SELECT
    s.*,
    CASE WHEN s.fcs > 35 THEN 1 WHEN s.fcs <= 35 THEN 0 END AS fcs_acceptable,
    CASE WHEN s.fcs > 42 THEN 1 WHEN s.fcs <= 42 THEN 0 END AS fcs_acceptable_42,
    CASE WHEN s.rcsi <= 3 THEN 1 WHEN s.rcsi > 3 THEN 0 END AS rcsi_low,
    CASE WHEN s.rcsi >= 19 THEN 1 WHEN s.rcsi < 19 THEN 0 END AS rcsi_high,
    CASE WHEN s.perceives_women_leaders >= 4 THEN 1 WHEN s.perceives_women_leaders < 4 THEN 0 END
        AS supports_women_leaders,
    p.period_kind,
    p.period,
    p.period_start,
    p.period_end
FROM core_member_survey AS s
INNER JOIN ref_day_period AS q ON s.survey_date = q.day
INNER JOIN ref_period AS p ON q.period_kind = p.period_kind AND q.period = p.period
