-- Contributions of a group in a period (quarter, year): of everything ('all'), and by kind, by
-- crisis, purpose, phase, beneficiary, source and initiative, one division at a time. An amount or a
-- number of people that nobody gave adds nothing to the sum, so that sums are floors; where none of
-- a group's contributions gives one, the sum is not known.
SELECT
    p.period_kind,
    p.period,
    c.group_id,
    c.by_kind AS kind,
    c.by_crisis AS crisis,
    c.by_purpose AS purpose,
    c.by_phase AS phase,
    c.by_beneficiary AS beneficiary,
    c.by_source AS source,
    c.by_initiative AS initiative,
    count(*) AS contributions,
    sum(c.value_xof) AS value_xof,
    sum(CASE WHEN c.source = 'ledger' THEN c.value_xof END) AS value_ledger_xof,
    sum(c.people_reached) AS people_reached,
    sum(c.households_reached) AS households_reached,
    sum(c.women_involved) AS women_involved,
    sum(CASE WHEN c.kind = 'masks' THEN c.quantity END) AS masks,
    sum(CASE WHEN c.kind = 'soap' AND c.by_weight = 0 THEN c.quantity END) AS soap,
    max(CASE WHEN c.kind = 'soap' AND c.by_weight = 1 THEN 1 ELSE 0 END) AS soap_by_weight,
    sum(c.set_aside) AS set_aside,
    max(CASE WHEN c.set_aside > 0 THEN 1 ELSE 0 END) AS told_again
FROM (
    SELECT
        d.*,
        CASE
            WHEN lower(d.quantity_unit) IN (
                'kg', 'kilo', 'kilos', 'kilogramme', 'kilogrammes', 'g', 'l', 'litre', 'litres',
                'liter', 'liters', 'carton', 'cartons', 'box', 'boxes'
            ) THEN 1
            ELSE 0
        END AS by_weight,
        CASE WHEN w.part = 'kind' THEN d.kind ELSE 'all' END AS by_kind,
        CASE WHEN w.part = 'crisis' THEN d.crisis ELSE 'all' END AS by_crisis,
        CASE WHEN w.part = 'purpose' THEN d.purpose ELSE 'all' END AS by_purpose,
        CASE WHEN w.part = 'phase' THEN d.phase ELSE 'all' END AS by_phase,
        CASE WHEN w.part = 'beneficiary' THEN d.beneficiary ELSE 'all' END AS by_beneficiary,
        CASE WHEN w.part = 'source' THEN d.source ELSE 'all' END AS by_source,
        -- The one part that a log may leave empty.
        CASE WHEN w.part = 'initiative' THEN coalesce(d.initiative, 'not_specified') ELSE 'all' END
            AS by_initiative
    FROM core_contribution AS d
    CROSS JOIN (
        SELECT 'all' AS part
        UNION ALL
        SELECT 'kind' AS part
        UNION ALL
        SELECT 'crisis' AS part
        UNION ALL
        SELECT 'purpose' AS part
        UNION ALL
        SELECT 'phase' AS part
        UNION ALL
        SELECT 'beneficiary' AS part
        UNION ALL
        SELECT 'source' AS part
        UNION ALL
        SELECT 'initiative' AS part
    ) AS w
) AS c
INNER JOIN ref_day_period AS p ON c.date = p.day
WHERE p.period_kind IN ('quarter', 'year')
GROUP BY
    p.period_kind, p.period, c.group_id, c.by_kind, c.by_crisis, c.by_purpose, c.by_phase,
    c.by_beneficiary, c.by_source, c.by_initiative
