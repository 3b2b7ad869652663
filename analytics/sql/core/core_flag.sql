-- by group
-- Records kept although something about them is unusual, one row a record and reason; judged over
-- the whole base, where the check of a file sees that file alone. Thresholds: ref_rule.
SELECT
    f.kind,
    f.group_id,
    f.obs_date,
    f.value,
    f.compared_with
FROM (
    SELECT
        'unusual_member_count' AS kind,
        o.group_id,
        o.obs_date,
        o.members AS value,
        CASE WHEN o.members < r.members_low THEN r.members_low ELSE r.members_high END
            AS compared_with
    FROM core_ledger_line AS o
    CROSS JOIN ref_rule AS r
    WHERE o.members < r.members_low OR o.members > r.members_high
    UNION ALL
    -- Without a register of cycles, savings that fall below half are taken for a new cycle.
    SELECT
        'savings_fell_in_cycle' AS kind,
        s.group_id,
        s.obs_date,
        s.savings_cycle_xof AS value,
        s.savings_before AS compared_with
    FROM core_ledger_line AS s
    LEFT JOIN core_vsla_cycle AS c
        ON
            c.group_id = s.group_id
            AND c.date_savings_started <= s.obs_date
            AND (c.next_cycle_started IS NULL OR s.obs_date < c.next_cycle_started)
    WHERE
        s.savings_cycle_xof < s.savings_before
        AND (
            s.obs_before >= c.date_savings_started
            OR (c.date_savings_started IS NULL AND s.savings_cycle_xof > s.savings_before / 2.0)
        )
    UNION ALL
    SELECT
        'far_above_group_median' AS kind,
        o.group_id,
        o.obs_date,
        CASE
            WHEN o.savings_cycle_xof > r.outlier_factor * nullif(m.savings, 0)
                THEN o.savings_cycle_xof
            WHEN o.loans_outstanding_xof > r.outlier_factor * nullif(m.loans, 0)
                THEN o.loans_outstanding_xof
            ELSE o.social_fund_xof
        END AS value,
        CASE
            WHEN o.savings_cycle_xof > r.outlier_factor * nullif(m.savings, 0) THEN m.savings
            WHEN o.loans_outstanding_xof > r.outlier_factor * nullif(m.loans, 0) THEN m.loans
            ELSE m.social_fund
        END AS compared_with
    FROM core_ledger_line AS o
    INNER JOIN (
        SELECT
            group_id,
            count(*) AS records,
            median(savings_cycle_xof) AS savings,
            median(loans_outstanding_xof) AS loans,
            median(social_fund_xof) AS social_fund
        FROM core_ledger_line
        GROUP BY group_id
    ) AS m ON o.group_id = m.group_id
    CROSS JOIN ref_rule AS r
    WHERE
        m.records >= r.outlier_min_rows
        AND (
            o.savings_cycle_xof > r.outlier_factor * nullif(m.savings, 0)
            OR o.loans_outstanding_xof > r.outlier_factor * nullif(m.loans, 0)
            OR o.social_fund_xof > r.outlier_factor * nullif(m.social_fund, 0)
        )
) AS f
