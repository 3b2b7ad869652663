-- One row a group and period (quarter, year) in which the group reported or contributed, between
-- the first contribution logged anywhere and the last: within it a group that logged nothing gave
-- nothing; outside it nobody kept a log, and nothing is known.
-- 'all' in kind, crisis, purpose, phase, beneficiary, source and initiative: the groups. Further rows carry what
-- a group gave by one of these (see estimates.sums: what divides the numerator alone).
-- Averages set what was given against all who kept a log (0 where a group gave nothing); totals
-- count the groups that gave, so that the floor of public totals counts them alone.
SELECT
    a.period_kind,
    a.period,
    a.group_id,
    g.region_2023,
    g.region_2012,
    g.cercle,
    g.partner,
    g.group_type,
    g.network,
    g.wlie,
    x.shock,
    coalesce(c.kind, 'all') AS kind,
    coalesce(c.crisis, 'all') AS crisis,
    coalesce(c.purpose, 'all') AS purpose,
    coalesce(c.phase, 'all') AS phase,
    coalesce(c.beneficiary, 'all') AS beneficiary,
    coalesce(c.source, 'all') AS source,
    coalesce(c.initiative, 'all') AS initiative,
    a.members,
    a.savings_cycle_xof,
    1 AS logged,
    CASE WHEN c.contributions > 0 THEN 1 ELSE 0 END AS contributed,
    CASE WHEN c.group_id IS NULL THEN 0 ELSE c.value_xof END AS value_xof,
    CASE WHEN c.group_id IS NULL THEN 0 ELSE c.value_ledger_xof END AS value_ledger_xof,
    CASE WHEN c.group_id IS NULL THEN 0 ELSE c.people_reached END AS people_reached,
    c.contributions,
    c.value_xof AS given_xof,
    c.value_ledger_xof AS given_ledger_xof,
    c.people_reached AS people_helped,
    c.households_reached AS households_helped,
    c.women_involved,
    c.masks,
    c.soap,
    c.set_aside,
    coalesce(c.told_again, 0) AS caveat_told_again,
    coalesce(c.soap_by_weight, 0) AS caveat_soap_by_weight
FROM core_contribution_log AS a
INNER JOIN core_vsla_group AS g ON a.group_id = g.group_id
LEFT JOIN core_contribution_period AS c
    ON
        a.group_id = c.group_id
        AND a.period_kind = c.period_kind
        AND a.period = c.period
LEFT JOIN core_exposure_class AS x
    ON
        g.cercle = x.cercle
        AND a.period_kind = x.period_kind
        AND a.period = x.period
