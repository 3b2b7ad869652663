-- The panel that effects are estimated on: one row a kind of shock, cercle and month. Shocks strike
-- places, not groups, so groups are collapsed to where the shock happens.
-- Each group counts with its distance from its own level before the shock (at least six months of
-- it; a group that began later has none), so that groups that come and go do not move a cercle. That
-- level is measured against the month's mean where nothing had struck yet. `reported` of `expected`
-- groups sent the month's report: those that did not are bounds, not zeros.
SELECT
    p.kind,
    p.cercle,
    p.month_index,
    max(p.onset_index) AS onset_index,
    max(p.onsets) AS onsets,
    max(p.nationwide) AS nationwide,
    count(*) AS n_groups,
    avg(p.distance - p.own_level) AS log_saving,
    avg(p.attendance - p.own_attendance) AS attendance,
    max(r.expected) AS expected,
    max(r.reported) AS reported
FROM (
    SELECT
        d.*,
        avg(CASE WHEN d.before = 1 THEN d.distance END) OVER g AS own_level,
        avg(CASE WHEN d.before = 1 THEN d.attendance END) OVER g AS own_attendance,
        sum(d.before) OVER g AS months_before
    FROM (
        SELECT
            m.*,
            m.log_saving - avg(CASE WHEN m.before = 1 THEN m.log_saving END) OVER (
                PARTITION BY m.kind, m.month_index
            ) AS distance
        FROM (
            SELECT
                k.kind,
                s.group_id,
                s.cercle,
                s.month_index,
                s.log_saving,
                s.attendance,
                o.onset_index,
                o.onsets,
                o.nationwide,
                CASE WHEN o.onset_index IS NULL OR s.month_index < o.onset_index THEN 1 ELSE 0 END
                    AS before
            FROM core_savings_month AS s
            CROSS JOIN (SELECT DISTINCT kind FROM core_shock_onset) AS k
            LEFT JOIN core_shock_onset AS o ON k.kind = o.kind AND s.cercle = o.cercle
            WHERE s.log_saving IS NOT NULL
        ) AS m
    ) AS d
    WINDOW g AS (PARTITION BY d.kind, d.group_id)
) AS p
LEFT JOIN (
    SELECT
        c.cercle,
        e.month_index,
        sum(c.expected) AS expected,
        sum(c.reported) AS reported
    FROM core_report_count AS c
    INNER JOIN ref_day AS e ON c.period = e.month AND e.day_of_month = 1
    GROUP BY c.cercle, e.month_index
) AS r ON p.cercle = r.cercle AND p.month_index = r.month_index
WHERE p.months_before >= 6
GROUP BY p.kind, p.cercle, p.month_index
