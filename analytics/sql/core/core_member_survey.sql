-- One row a respondent and round: the latest delivered version, scored.
-- FCS: 2 staples + 3 pulses + vegetables + fruit + 4 meat + 4 milk + 0.5 sugar + 0.5 oil, days 0-7.
-- rCSI: less preferred 1, borrow 2, smaller portions 1, adults go without 3, fewer meals 1 (WFP).
-- One missing item leaves the score missing: days not answered are not days without.
-- Weights count in the rounds that have any: an answer without a weight, or with 0, is then left
-- out; a round without weights counts each answer once and says so.
SELECT
    s.respondent_id,
    s.round,
    s.survey_date,
    p.region_2023,
    p.region_2012,
    s.cercle,
    s.group_id,
    s.sex,
    s.age_band,
    CASE WHEN s.displaced THEN 'true' WHEN NOT s.displaced THEN 'false' END AS displaced,
    CASE WHEN s.vsla_member THEN 'true' ELSE 'false' END AS vsla_member,
    -- Whom the gate counts as a group: the savings group; without one, the sampling point.
    coalesce(s.group_id, s.psu) AS cluster,
    s.round || '|' || coalesce(s.strata, '') AS stratum,
    -- Whom the variance counts as a case: the sampling point; without one, the savings group.
    s.round || '|' || coalesce(s.strata, '') || '|' || coalesce(s.psu, s.group_id, s.respondent_id)
        AS psu,
    CASE WHEN s.weighted = 0 THEN 1.0 WHEN s.weight > 0 THEN s.weight END AS weight,
    CASE WHEN s.weighted = 0 THEN 1 ELSE 0 END AS unweighted,
    CASE WHEN s.weighted = 1 AND (s.weight IS NULL OR s.weight <= 0) THEN 1 ELSE 0 END
        AS without_weight,
    CASE WHEN s.sample = 'probability' THEN 0 ELSE 1 END AS programme_sample,
    2 * s.fcs_staples + 3 * s.fcs_pulses + s.fcs_vegetables + s.fcs_fruit + 4 * s.fcs_meat
    + 4 * s.fcs_milk + 0.5 * s.fcs_sugar + 0.5 * s.fcs_oil AS fcs,
    s.rcsi_less_preferred + 2 * s.rcsi_borrow + s.rcsi_portion + 3 * s.rcsi_adults + s.rcsi_meals
        AS rcsi,
    CASE WHEN s.impacts IS NOT NULL THEN ' ' || s.impacts || ' ' END AS impacts,
    CASE WHEN s.needs IS NOT NULL THEN ' ' || s.needs || ' ' END AS needs,
    CASE WHEN s.actions IS NOT NULL THEN ' ' || s.actions || ' ' END AS actions,
    s.speaks_in_public,
    s.knows_rights,
    s.decides_income,
    s.decides_health,
    s.perceives_women_leaders
FROM (
    SELECT
        v.*,
        max(CASE WHEN v.weight > 0 THEN 1 ELSE 0 END) OVER (PARTITION BY v.round) AS weighted
    FROM (
        SELECT
            *,
            row_number() OVER (
                PARTITION BY respondent_id, round ORDER BY _sequence DESC, _row DESC
            ) AS version_rank
        FROM landed_member_survey
    ) AS v
    WHERE v.version_rank = 1
) AS s
INNER JOIN ref_place_assignment AS p
    ON
        s.region = p.region
        AND p.cercle = coalesce(s.cercle, '')
        AND p.division = ''
