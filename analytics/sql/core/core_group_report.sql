-- Every report a group was expected to send: one a month or a quarter, as its register says, from
-- the first training (or first record) to the closure. A report is there when any record of the
-- group falls into the period; it is late once the declared delay after the period has passed.
-- Of the late ones, those of a group not heard of for twelve months are silent: such a group has
-- perhaps ended, and nobody has said so.
SELECT
    r.group_id,
    r.region_2023,
    r.region_2012,
    r.cercle,
    r.partner,
    r.period,
    r.month,
    r.period_end,
    r.due,
    r.reported,
    CASE WHEN r.reported = 0 THEN r.due ELSE 0 END AS late,
    CASE WHEN r.reported = 0 AND r.heard_of <= r.year_before_end THEN r.due ELSE 0 END AS silent
FROM (
    SELECT
        g.group_id,
        g.region_2023,
        g.region_2012,
        g.cercle,
        g.partner,
        p.period,
        p.month,
        p.period_end,
        p.year_before_end,
        p.due,
        CASE WHEN o.group_id IS NULL THEN 0 ELSE 1 END AS reported,
        coalesce(
            max(o.obs_date) OVER (PARTITION BY g.group_id ORDER BY p.period_end),
            least(g.date_first_training, f.first_obs_date)
        ) AS heard_of
    FROM core_vsla_group AS g
    LEFT JOIN (
        SELECT
            group_id,
            min(obs_date) AS first_obs_date
        FROM core_vsla_observation
        GROUP BY group_id
    ) AS f ON g.group_id = f.group_id
    INNER JOIN ref_report_period AS p
        ON
            g.reporting_frequency = p.reporting_frequency
            AND least(g.date_first_training, f.first_obs_date) <= p.period_start
            AND (g.date_closed IS NULL OR g.date_closed > p.period_end)
    LEFT JOIN core_last_observation AS o
        ON
            g.group_id = o.group_id
            AND p.period_kind = o.period_kind
            AND p.period = o.period
) AS r
