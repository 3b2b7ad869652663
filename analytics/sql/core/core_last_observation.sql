-- The observation with which each group counts in each period: its last one in it.
-- Amounts built from several inputs are computed once, here (VSLA ratios of the field):
-- C = cash + bank, L = loans outstanding, P = property, D = external debt, S = savings of the
-- cycle, A0 = net assets carried in, Div = dividends paid, W = weeks since savings started.
SELECT
    r.*,
    r.loan_fund_cash_xof + r.bank_balance_xof + r.loans_outstanding_xof AS performing_assets_xof,
    r.loan_fund_cash_xof + r.bank_balance_xof + r.loans_outstanding_xof + r.property_xof
        AS total_assets_xof,
    (r.loan_fund_cash_xof + r.bank_balance_xof + r.loans_outstanding_xof + r.property_xof)
    - r.external_debt_xof - r.savings_cycle_xof
    - (r.assets_at_start_xof - r.debts_at_start_xof) + r.dividends_paid_xof AS net_profit_xof
FROM (
    SELECT
        o.*,
        d.month AS obs_month,
        (d.day_number - s.day_number) / 7.0 AS weeks_in_cycle,
        p.period_kind,
        p.period,
        row_number() OVER (
            PARTITION BY o.group_id, p.period_kind, p.period ORDER BY o.obs_date DESC
        ) AS recency
    FROM core_vsla_observation AS o
    INNER JOIN ref_day AS d ON o.obs_date = d.day
    INNER JOIN ref_day_period AS p ON o.obs_date = p.day
    LEFT JOIN ref_day AS s ON o.date_savings_started = s.day
) AS r
WHERE r.recency = 1
