-- One row a business, crisis and period (quarter, year) since the crisis struck it: how long it
-- had taken to recover by the end of the period, or how long it had been seen without recovery.
-- Businesses that have not recovered stay in, as "not yet" (censored). within_6m is known once
-- recovery within six months has come, or has been seen not to come; within_3_to_8 likewise, of the
-- businesses that had not recovered when the three months ended in which adapted was asked.
-- What the first year cost (loss, months, depth) is known once the year is over.
SELECT
    s.period_kind,
    s.period,
    g.region_2023,
    g.region_2012,
    g.cercle,
    g.partner,
    g.group_type,
    g.network,
    g.wlie,
    x.shock,
    s.business_id AS person,
    g.group_id AS cluster,
    b.owner_sex AS sex,
    b.sector,
    s.crisis,
    s.weight,
    CASE
        WHEN s.recovered = 1 THEN s.recovered_index - s.onset_index
        ELSE s.seen_index - s.onset_index
    END AS months_to_recovery,
    s.recovered,
    CASE
        WHEN s.recovered = 1 AND s.recovered_index - s.onset_index <= 6 THEN 1
        WHEN s.recovered = 1 OR s.seen_index - s.onset_index >= 7 THEN 0
    END AS within_6m,
    CASE WHEN s.recovered = 1 OR s.seen_index - s.onset_index >= 7 THEN 1 END AS seen_6m,
    CASE
        WHEN s.recovered = 1 AND s.recovered_index - s.onset_index <= 2 THEN NULL
        WHEN s.recovered = 1 AND s.recovered_index - s.onset_index <= 8 THEN 1
        WHEN s.recovered = 1 OR s.seen_index - s.onset_index >= 9 THEN 0
    END AS within_3_to_8,
    CASE
        WHEN s.recovered = 1 AND s.recovered_index - s.onset_index <= 2 THEN NULL
        WHEN s.recovered = 1 OR s.seen_index - s.onset_index >= 9 THEN 1
    END AS seen_3_to_8,
    CASE WHEN a.adapted = 1 THEN 'true' WHEN a.adapted = 0 THEN 'false' END AS adapted,
    CASE WHEN s.last_index >= s.onset_index + 11 THEN s.loss_first_year END AS loss_first_year,
    CASE WHEN s.last_index >= s.onset_index + 11 THEN s.months_first_year END AS months_first_year,
    CASE WHEN s.last_index >= s.onset_index + 11 THEN s.depth_first_year END AS depth_first_year,
    CASE
        WHEN s.last_index >= s.onset_index + 11 AND s.depth_first_year IS NOT NULL THEN 1
    END AS seen_first_year,
    s.without_weight AS caveat_weights_missing,
    s.months_missing AS caveat_months_missing
FROM (
    SELECT
        c.*,
        -- Recovery is known with the second of the two months.
        CASE WHEN c.recovered_index + 1 <= c.last_index THEN 1 ELSE 0 END AS recovered
    FROM (
        SELECT
            r.*,
            p.period_kind,
            p.period,
            p.last_index,
            max(v.seen_index) OVER (
                PARTITION BY r.business_id, r.crisis, p.period_kind ORDER BY p.last_index
            ) AS seen_index
        FROM core_business_recovery AS r
        INNER JOIN (
            SELECT
                period_kind,
                period,
                min(month_index) AS first_index,
                max(month_index) AS last_index
            FROM core_month_period
            GROUP BY period_kind, period
        ) AS p
            ON r.onset_index <= p.last_index
        CROSS JOIN (SELECT max(month_index) AS last_month FROM core_business_month) AS n
        LEFT JOIN (
            SELECT
                e.business_id,
                e.crisis,
                q.period_kind,
                q.period,
                max(e.month_index) AS seen_index
            FROM core_business_episode AS e
            INNER JOIN core_month_period AS q ON e.month_index = q.month_index
            WHERE e.revenue_ratio IS NOT NULL
            GROUP BY e.business_id, e.crisis, q.period_kind, q.period
        ) AS v
            ON
                r.business_id = v.business_id
                AND r.crisis = v.crisis
                AND p.period_kind = v.period_kind
                AND p.period = v.period
        WHERE p.first_index <= n.last_month
    ) AS c
    WHERE c.seen_index IS NOT NULL
) AS s
INNER JOIN core_business AS b ON s.business_id = b.business_id
INNER JOIN core_vsla_group AS g ON b.group_id = g.group_id
LEFT JOIN core_business_adapted AS a ON s.business_id = a.business_id AND s.crisis = a.crisis
LEFT JOIN core_exposure_class AS x
    ON
        g.cercle = x.cercle
        AND s.period_kind = x.period_kind
        AND s.period = x.period
