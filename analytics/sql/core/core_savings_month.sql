-- Savings put aside per member and month, constant francs, of the groups whose records tell it for
-- single months. The logarithm has the pattern of the cycle taken out: groups save differently in
-- the first month after a share-out than in the sixth.
SELECT
    m.group_id,
    m.cercle,
    m.month_index,
    m.saving_xof,
    m.attendance,
    m.food_loans,
    m.fund,
    m.fell,
    m.log_saving - avg(m.log_saving) OVER (PARTITION BY m.cycle_month) AS log_saving
FROM (
    SELECT
        i.group_id,
        g.cercle,
        i.month_index,
        i.cycle_month,
        i.saved_constant_xof / i.members AS saving_xof,
        CAST(i.members_attending AS DOUBLE) / i.members AS attendance,
        CASE WHEN i.loans_outstanding_xof > 0
            THEN CAST(i.loans_for_food_xof AS DOUBLE) / i.loans_outstanding_xof
        END AS food_loans,
        CASE WHEN i.social_fund_xof > 0 THEN 1 ELSE 0 END AS fund,
        i.fell,
        CASE WHEN i.saved_constant_xof > 0 AND i.months = 1
            THEN ln(i.saved_constant_xof / i.members)
        END AS log_saving
    FROM core_savings_interval AS i
    INNER JOIN core_vsla_group AS g ON i.group_id = g.group_id
    WHERE i.members > 0 AND g.cercle IS NOT NULL
) AS m
