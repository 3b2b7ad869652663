-- by group, year by year
-- The groups of which the log of contributions tells in a period (quarter, year): those that
-- reported or contributed in it, from the first contribution logged anywhere to the last.
SELECT
    b.period_kind,
    b.period,
    b.group_id,
    max(b.members) AS members,
    max(b.savings_cycle_xof) AS savings_cycle_xof
FROM (
    SELECT period_kind, period, group_id, members, savings_cycle_xof FROM core_last_observation
    UNION ALL
    SELECT period_kind, period, group_id, NULL AS members, NULL AS savings_cycle_xof
    FROM core_contribution_period
) AS b
INNER JOIN ref_period AS p ON b.period_kind = p.period_kind AND b.period = p.period
CROSS JOIN core_contribution_span AS l
WHERE
    b.period_kind IN ('quarter', 'year')
    AND p.period_end >= l.first_date AND p.period_start <= l.last_date
GROUP BY b.period_kind, b.period, b.group_id
