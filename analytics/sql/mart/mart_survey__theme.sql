-- One row a respondent, round, period (quarter, year) and area of life that she may name among what
-- a crisis touched, what she needs most and what she does (Women Respond); 'all' is any area.
-- See estimates.sums: the area divides the numerator alone, over all who answered.
SELECT
    s.period_kind,
    s.period,
    s.period_start,
    s.period_end,
    s.region_2023,
    s.region_2012,
    s.cercle,
    x.shock,
    s.respondent_id AS person,
    s.cluster,
    s.sex,
    s.age_band,
    s.displaced,
    s.vsla_member AS kind,
    t.theme,
    s.stratum,
    s.psu,
    s.weight,
    1 AS reported,
    CASE
        WHEN s.impacts IS NULL THEN NULL
        WHEN t.theme = 'all' AND s.impacts <> ' none ' THEN 1
        WHEN s.impacts LIKE '% ' || t.theme || ' %' THEN 1
        ELSE 0
    END AS impact,
    CASE
        WHEN s.needs IS NULL THEN NULL
        WHEN t.theme = 'all' AND s.needs <> ' none ' THEN 1
        WHEN s.needs LIKE '% ' || t.theme || ' %' THEN 1
        ELSE 0
    END AS need,
    CASE
        WHEN s.actions IS NULL THEN NULL
        WHEN t.theme = 'all' AND s.actions <> ' none ' THEN 1
        WHEN s.actions LIKE '% ' || t.theme || ' %' THEN 1
        ELSE 0
    END AS action,
    s.unweighted AS caveat_unweighted,
    s.without_weight AS caveat_weights_missing,
    s.programme_sample AS caveat_programme_sample
FROM core_survey_period AS s
CROSS JOIN core_survey_theme AS t
LEFT JOIN core_exposure_class AS x
    ON
        s.cercle = x.cercle
        AND s.period_kind = x.period_kind
        AND s.period = x.period
WHERE s.period_kind IN ('quarter', 'year')
