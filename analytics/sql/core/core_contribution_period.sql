-- Contributions of a group in a period (quarter, year): of all kinds and crises ('all'), by kind,
-- and by crisis. An amount or a number of people that nobody gave adds nothing to the sum, so that
-- sums are floors; where none of a group's contributions gives one, the sum is not known.
SELECT
    p.period_kind,
    p.period,
    c.group_id,
    w.by_kind AS kind,
    w.by_crisis AS crisis,
    count(*) AS contributions,
    sum(c.value_xof) AS value_xof,
    sum(CASE WHEN c.source = 'ledger' THEN c.value_xof END) AS value_ledger_xof,
    sum(c.people_reached) AS people_reached,
    sum(c.women_involved) AS women_involved,
    sum(CASE WHEN c.kind = 'masks' THEN c.quantity END) AS masks,
    sum(CASE WHEN c.kind = 'soap' AND c.by_weight = 0 THEN c.quantity END) AS soap,
    max(CASE WHEN c.kind = 'soap' AND c.by_weight = 1 THEN 1 ELSE 0 END) AS soap_by_weight,
    max(c.told_again) AS told_again
FROM (
    SELECT
        *,
        CASE
            WHEN lower(quantity_unit) IN (
                'kg', 'kilo', 'kilos', 'kilogramme', 'kilogrammes', 'g', 'l', 'litre', 'litres',
                'liter', 'liters', 'carton', 'cartons', 'box', 'boxes'
            ) THEN 1
            ELSE 0
        END AS by_weight
    FROM core_contribution
) AS c
INNER JOIN ref_day_period AS p ON c.date = p.day
INNER JOIN (
    SELECT contribution_id, 'all' AS by_kind, 'all' AS by_crisis FROM core_contribution
    UNION ALL
    SELECT contribution_id, kind AS by_kind, 'all' AS by_crisis FROM core_contribution
    UNION ALL
    SELECT contribution_id, 'all' AS by_kind, crisis AS by_crisis FROM core_contribution
) AS w
    ON c.contribution_id = w.contribution_id
WHERE p.period_kind IN ('quarter', 'year')
GROUP BY p.period_kind, p.period, c.group_id, w.by_kind, w.by_crisis
