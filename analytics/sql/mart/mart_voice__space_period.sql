-- One row a decision space and period (month, quarter, year): its last composition seen in it.
-- Behind a space stand the people who hold its seats. The quota is that of law 2015-052 of
-- 18 December 2015, article 1: neither sex below 30 %.
SELECT
    l.period_kind,
    l.period,
    l.period_start,
    l.period_end,
    l.space_id AS group_id,
    l.region_2023,
    l.region_2012,
    l.cercle,
    x.shock,
    l.kind,
    l.level,
    l.crisis_phase,
    l.seats AS members,
    1 AS reported,
    1 AS seen,
    l.seats,
    l.seats_women,
    l.seats_vsla_women,
    CASE WHEN l.seats_women >= 0.3 * l.seats THEN 1 ELSE 0 END AS meets_quota
FROM core_space_period AS l
LEFT JOIN core_exposure_class AS x
    ON
        l.cercle = x.cercle
        AND l.period_kind = x.period_kind
        AND l.period = x.period
WHERE l.recency = 1
