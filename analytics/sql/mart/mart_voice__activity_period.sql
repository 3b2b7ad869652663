-- One row an activity and the month, quarter and year it was held in. Behind an activity stand the
-- people who took part; whoever comes to three activities is three times in the sum.
SELECT
    a.period_kind,
    a.period,
    a.period_start,
    a.period_end,
    a.activity_id AS group_id,
    a.region_2023,
    a.region_2012,
    CAST(NULL AS VARCHAR) AS cercle,
    a.kind,
    a.women + a.men AS members,
    1 AS reported,
    1 AS held,
    a.women,
    a.men
FROM core_activity_period AS a
