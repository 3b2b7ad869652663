-- by group, year by year
-- One row a group and day: its latest delivered version, joined to its cycle, with the day of the
-- group's next record. The cycle's columns stay empty where no cycle is registered: what needs them
-- is then missing, never guessed.
SELECT
    o.group_id,
    o.obs_date,
    l.next_obs_date,
    o.members_women,
    o.members_men,
    o.members_women + o.members_men AS members,
    o.members_attending,
    o.dropouts_cycle,
    o.new_members_cycle,
    o.savings_cycle_xof,
    o.savings_women_xof,
    o.loans_outstanding_n,
    o.members_with_loans_n,
    o.loans_outstanding_xof,
    o.loans_late_xof,
    o.loans_for_food_xof,
    o.loans_for_business_xof,
    o.write_offs_cycle_xof,
    o.loan_fund_cash_xof,
    o.bank_balance_xof,
    o.social_fund_xof,
    o.social_fund_paid_xof,
    o.social_fund_paid_crisis_xof,
    o.households_supported,
    o.property_xof,
    o.external_debt_xof,
    o.dividends_paid_xof,
    o.loans_disbursed_cycle_xof,
    o.loans_disbursed_cycle_n,
    c.cycle_no,
    c.date_savings_started,
    c.members_at_start,
    c.assets_at_start_xof,
    c.debts_at_start_xof
FROM landed_vsla_observation AS o
INNER JOIN core_ledger_line AS l ON o._sequence = l._sequence AND o._row = l._row
LEFT JOIN core_vsla_cycle AS c
    ON
        c.group_id = o.group_id
        AND c.date_savings_started <= o.obs_date
        AND (c.next_cycle_started IS NULL OR o.obs_date < c.next_cycle_started)
