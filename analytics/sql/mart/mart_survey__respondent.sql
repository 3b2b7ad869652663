-- One row a respondent, round and period (month, quarter, year) the round's interview fell in.
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
    s.stratum,
    s.psu,
    s.weight,
    1 AS reported,
    s.fcs_acceptable,
    s.fcs_acceptable_42,
    s.fcs,
    s.rcsi,
    s.rcsi_low,
    s.rcsi_high,
    CASE WHEN s.impacts LIKE '% income %' THEN 1 WHEN s.impacts IS NOT NULL THEN 0 END
        AS income_impact,
    CASE WHEN s.actions = ' none ' THEN 0 WHEN s.actions IS NOT NULL THEN 1 END AS takes_action,
    CASE WHEN s.speaks_in_public THEN 1 WHEN NOT s.speaks_in_public THEN 0 END AS speaks_in_public,
    CASE WHEN s.knows_rights THEN 1 WHEN NOT s.knows_rights THEN 0 END AS knows_rights,
    CASE WHEN s.decides_income THEN 1 WHEN NOT s.decides_income THEN 0 END AS decides_income,
    CASE WHEN s.decides_health THEN 1 WHEN NOT s.decides_health THEN 0 END AS decides_health,
    s.supports_women_leaders,
    s.unweighted AS caveat_unweighted,
    s.without_weight AS caveat_weights_missing,
    s.programme_sample AS caveat_programme_sample
FROM core_survey_period AS s
LEFT JOIN core_exposure_class AS x
    ON
        s.cercle = x.cercle
        AND s.period_kind = x.period_kind
        AND s.period = x.period
