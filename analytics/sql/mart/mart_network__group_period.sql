-- by group, year by year
-- One row a group and period (month, quarter, year) in which the group was expected to report:
-- from its first training, or first record, to its closure. A closed group keeps rows with
-- expected = 0 so that survival can be counted.
--
-- In a period a group counts with its last observation in it. Parts of ratios are columns here;
-- an indicator names two of them. A missing input leaves the part empty, and the group out.
-- Formulas: docs/dictionary.md and analytics/indicators (VSLA ratios of the field).
SELECT
    g.period_kind,
    g.period,
    g.period_start,
    g.period_end,
    g.group_id,
    g.region_2023,
    g.region_2012,
    g.cercle,
    g.partner,
    g.group_type,
    g.network,
    g.wlie,
    x.shock,
    g.expected,
    CASE WHEN o.obs_date IS NULL THEN NULL ELSE 1 END AS reported,
    o.obs_date,
    o.members,
    o.members_women,
    o.members_attending,
    o.dropouts_cycle,
    o.members + o.dropouts_cycle AS members_and_dropouts,
    o.members_at_start,
    o.members - o.members_at_start AS members_growth,
    o.savings_cycle_xof,
    o.savings_cycle_xof / p.price_level AS savings_cycle_constant_xof,
    o.loans_outstanding_xof,
    o.loans_outstanding_n,
    o.members_with_loans_n,
    o.loans_late_xof,
    o.loans_for_food_xof,
    o.write_offs_cycle_xof,
    o.loans_outstanding_xof + o.write_offs_cycle_xof AS loans_and_write_offs_xof,
    o.performing_assets_xof,
    o.total_assets_xof,
    o.external_debt_xof,
    o.total_assets_xof - o.external_debt_xof AS equity_xof,
    o.net_profit_xof,
    o.savings_cycle_xof + o.net_profit_xof AS savings_and_profit_xof,
    CASE WHEN o.weeks_in_cycle >= 12 THEN o.net_profit_xof * 52.0 / o.weeks_in_cycle END
        AS annualised_profit_xof,
    CASE WHEN o.weeks_in_cycle >= 12 THEN (o.assets_at_start_xof + o.total_assets_xof) / 2.0 END
        AS average_assets_xof,
    o.social_fund_xof,
    o.social_fund_paid_xof,
    o.social_fund_xof + o.social_fund_paid_xof AS social_fund_and_paid_xof,
    CASE WHEN o.social_fund_paid_crisis_xof IS NOT NULL THEN 1 END AS social_fund_crisis_known,
    CASE WHEN o.social_fund_paid_crisis_xof > 0 THEN 1 WHEN o.social_fund_paid_crisis_xof = 0 THEN 0
    END AS social_fund_supported,
    -- Survival, among groups formed at least twelve months before the period's end: a recorded
    -- closure counts as gone, a record in the last twelve months as active, silence as unknown.
    g.formed_before_12m,
    CASE
        WHEN g.formed_before_12m = 1
            AND (g.closed = 1 OR o.group_id IS NOT NULL OR h.group_id IS NOT NULL)
            THEN 1
    END AS formed_12m,
    CASE
        WHEN g.formed_before_12m = 1 AND g.closed = 1 THEN 0
        WHEN g.formed_before_12m = 1 AND (o.group_id IS NOT NULL OR h.group_id IS NOT NULL) THEN 1
    END AS active_formed_12m
FROM core_group_period AS g
LEFT JOIN core_last_observation AS o
    ON
        g.group_id = o.group_id
        AND g.period_kind = o.period_kind
        AND g.period = o.period
LEFT JOIN core_group_heard AS h
    ON
        g.group_id = h.group_id
        AND g.period_kind = h.period_kind
        AND g.period = h.period
LEFT JOIN core_price_index AS p ON o.obs_month = p.month
LEFT JOIN core_exposure_class AS x
    ON
        g.cercle = x.cercle
        AND g.period_kind = x.period_kind
        AND g.period = x.period
