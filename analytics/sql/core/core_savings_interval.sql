-- by group
-- What a group put aside between two records: the rise of the savings of the cycle, or, where a new
-- cycle began in between, all that the new one holds. Balances saw-tooth with the yearly share-out;
-- deposits do not. `months` is how many months the deposit covers; a gap of more than three months,
-- a balance that fell within a cycle, or a record far above the group's usual (ref_rule) says
-- nothing of deposits, and the interval has none. Help paid from the social fund is counted alike.
SELECT
    i.group_id,
    i.month_index,
    i.months,
    i.month_index - i.start_index AS cycle_month,
    i.members,
    i.members_attending,
    i.loans_for_food_xof,
    i.loans_outstanding_xof,
    i.social_fund_xof,
    CASE WHEN i.usable = 1 AND i.saved_xof < 0 THEN 1 ELSE 0 END AS fell,
    CASE WHEN i.usable = 1 AND i.saved_xof >= 0 THEN i.saved_xof END AS saved_xof,
    CASE WHEN i.usable = 1 AND i.saved_xof >= 0 THEN i.saved_xof / i.price_level END
        AS saved_constant_xof,
    CASE WHEN i.paid_xof >= 0 THEN i.paid_xof END AS paid_xof,
    CASE WHEN i.paid_crisis_xof >= 0 THEN i.paid_crisis_xof END AS paid_crisis_xof,
    CASE WHEN i.households >= 0 THEN i.households END AS households
FROM (
    SELECT
        o.*,
        CASE WHEN o.new_cycle = 1 THEN o.month_index - o.start_index + 1
            ELSE o.month_index - o.month_before
        END AS months,
        CASE WHEN o.new_cycle = 1 THEN o.savings_cycle_xof
            ELSE o.savings_cycle_xof - o.savings_before
        END AS saved_xof,
        CASE WHEN o.new_cycle = 1 THEN o.social_fund_paid_xof
            ELSE o.social_fund_paid_xof - o.paid_before
        END AS paid_xof,
        CASE WHEN o.new_cycle = 1 THEN o.social_fund_paid_crisis_xof
            ELSE o.social_fund_paid_crisis_xof - o.paid_crisis_before
        END AS paid_crisis_xof,
        CASE WHEN o.new_cycle = 1 THEN o.households_supported
            ELSE o.households_supported - o.households_before
        END AS households,
        CASE
            WHEN o.flagged = 1 OR (o.flagged_before = 1 AND o.new_cycle = 0) THEN 0
            WHEN o.new_cycle = 1 AND o.month_index - o.start_index BETWEEN 0 AND 2 THEN 1
            WHEN o.new_cycle = 0 AND o.month_index - o.month_before BETWEEN 1 AND 3 THEN 1
            ELSE 0
        END AS usable
    FROM (
        SELECT
            r.*,
            CASE
                WHEN r.start_index > r.month_before OR r.month_before IS NULL THEN 1
                ELSE 0
            END AS new_cycle
        FROM (
            SELECT
                l.group_id,
                d.month_index,
                s.month_index AS start_index,
                l.members,
                l.members_attending,
                l.loans_for_food_xof,
                l.loans_outstanding_xof,
                l.social_fund_xof,
                l.savings_cycle_xof,
                l.social_fund_paid_xof,
                l.social_fund_paid_crisis_xof,
                l.households_supported,
                coalesce(p.price_level, 1.0) AS price_level,
                CASE WHEN f.group_id IS NULL THEN 0 ELSE 1 END AS flagged,
                lag(CASE WHEN f.group_id IS NULL THEN 0 ELSE 1 END) OVER w AS flagged_before,
                lag(d.month_index) OVER w AS month_before,
                lag(l.savings_cycle_xof) OVER w AS savings_before,
                lag(l.social_fund_paid_xof) OVER w AS paid_before,
                lag(l.social_fund_paid_crisis_xof) OVER w AS paid_crisis_before,
                lag(l.households_supported) OVER w AS households_before
            FROM core_last_observation AS l
            INNER JOIN ref_day AS d ON l.obs_month = d.month AND d.day_of_month = 1
            LEFT JOIN ref_day AS s ON l.date_savings_started = s.day
            LEFT JOIN core_price_index AS p ON l.obs_month = p.month
            LEFT JOIN (
                SELECT DISTINCT group_id, obs_date FROM core_flag
                WHERE kind = 'far_above_group_median'
            ) AS f ON l.group_id = f.group_id AND l.obs_date = f.obs_date
            WHERE l.period_kind = 'month'
            WINDOW w AS (PARTITION BY l.group_id ORDER BY l.obs_month)
        ) AS r
    ) AS o
) AS i
