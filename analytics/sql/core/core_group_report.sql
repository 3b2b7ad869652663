-- by group, year by year, as a view
-- Every report a group was expected to send: one a month or a quarter, as its register says, from
-- the first training (or first record) to the closure. A report is there when any record of the
-- group falls into the period; it is late once the declared delay after the period has passed.
-- Of the late ones, those of a group not heard of for twelve months are silent: such a group has
-- perhaps ended, and nobody has said so.
SELECT
    g.group_id,
    g.region_2023,
    g.region_2012,
    g.cercle,
    g.partner,
    p.period,
    p.month,
    p.period_end,
    p.due,
    CASE WHEN o.group_id IS NULL THEN 0 ELSE 1 END AS reported,
    CASE WHEN o.group_id IS NULL THEN p.due ELSE 0 END AS late,
    CASE
        WHEN o.group_id IS NULL AND h.group_id IS NULL AND g.first_seen <= p.year_before_end
            THEN p.due
        ELSE 0
    END AS silent
FROM core_group_seen AS g
INNER JOIN ref_report_period AS p
    ON
        g.reporting_frequency = p.reporting_frequency
        AND g.first_seen <= p.period_start
        AND (g.date_closed IS NULL OR g.date_closed > p.period_end)
LEFT JOIN core_last_observation AS o
    ON
        g.group_id = o.group_id
        AND p.period_kind = o.period_kind
        AND p.period = o.period
LEFT JOIN core_group_heard AS h
    ON
        g.group_id = h.group_id
        AND p.period_kind = h.period_kind
        AND p.period = h.period
