-- by group, year by year, as a view
-- The observation with which each group counts in each period: its last one in it, which no other
-- follows before the period ends.
-- Amounts built from several inputs are computed once, here (VSLA ratios of the field):
-- C = cash + bank, L = loans outstanding, P = property, D = external debt, S = savings of the
-- cycle, A0 = net assets carried in, Div = dividends paid, W = weeks since savings started.
SELECT
    o.*,
    d.month AS obs_month,
    (d.day_number - s.day_number) / 7.0 AS weeks_in_cycle,
    p.period_kind,
    p.period,
    o.loan_fund_cash_xof + o.bank_balance_xof + o.loans_outstanding_xof AS performing_assets_xof,
    o.loan_fund_cash_xof + o.bank_balance_xof + o.loans_outstanding_xof + o.property_xof
        AS total_assets_xof,
    (o.loan_fund_cash_xof + o.bank_balance_xof + o.loans_outstanding_xof + o.property_xof)
    - o.external_debt_xof - o.savings_cycle_xof
    - (o.assets_at_start_xof - o.debts_at_start_xof) + o.dividends_paid_xof AS net_profit_xof
FROM core_vsla_observation AS o
INNER JOIN ref_day AS d ON o.obs_date = d.day
INNER JOIN ref_day_period AS p
    ON o.obs_date = p.day AND (o.next_obs_date IS NULL OR o.next_obs_date > p.period_end)
LEFT JOIN ref_day AS s ON o.date_savings_started = s.day
