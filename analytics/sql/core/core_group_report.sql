-- by group, year by year, as a view
-- Whether each expected report came. It is there when any record of the group falls into the period;
-- it is late once the declared delay after the period has passed. Of the late ones, those of a group
-- not heard of for twelve months are silent: such a group has perhaps ended, and nobody has said so.
SELECT
    e.group_id,
    e.region_2023,
    e.region_2012,
    e.cercle,
    e.partner,
    e.period,
    e.month,
    e.period_end,
    e.due,
    CASE WHEN o.group_id IS NULL THEN 0 ELSE 1 END AS reported,
    CASE WHEN o.group_id IS NULL THEN e.due ELSE 0 END AS late,
    CASE
        WHEN o.group_id IS NULL AND h.group_id IS NULL AND e.first_seen <= e.year_before_end
            THEN e.due
        ELSE 0
    END AS silent
FROM core_report_expected AS e
LEFT JOIN core_last_observation AS o
    ON
        e.group_id = o.group_id
        AND e.period_kind = o.period_kind
        AND e.period = o.period
LEFT JOIN core_group_heard AS h
    ON
        e.group_id = h.group_id
        AND e.period_kind = h.period_kind
        AND e.period = h.period
