-- One row a crisis and business that was open when it struck (last record of the six months before):
-- what became of it in the twelve months from the onset. Open after six and twelve months: its last
-- record of the three months up to then, or an earlier closure for good; without either unknown.
-- `kept`: revenue at 0.9 of the same months before the crisis or more, or open in every record.
SELECT
    a.crisis,
    a.business_id,
    a.group_id,
    g.region_2023,
    g.region_2012,
    g.cercle,
    a.owner_sex,
    a.onset_index,
    a.onset_index + 11 AS end_index,
    a.weight,
    CASE WHEN a.closed_by_6 = 1 THEN 0 ELSE a.open_6 END AS open_6,
    CASE WHEN a.closed_by_12 = 1 THEN 0 ELSE a.open_12 END AS open_12,
    a.adapted,
    a.adapted_own,
    a.adapted_project,
    a.made_or_linked,
    CASE
        WHEN e.revenue_xof >= 0.9 * e.baseline_xof THEN 1
        WHEN a.seen >= 6 AND a.always_open = 1 THEN 1
        WHEN e.baseline_xof > 0 OR a.seen >= 6 THEN 0
    END AS kept
FROM (
    SELECT
        s.crisis,
        s.business_id,
        s.onset_index,
        max(m.group_id) AS group_id,
        max(m.owner_sex) AS owner_sex,
        max(m.weight) AS weight,
        max(CASE WHEN m.month_index < s.onset_index THEN m.month_index END) AS last_before,
        sum(CASE WHEN m.month_index >= s.onset_index THEN 1 ELSE 0 END) AS seen,
        min(CASE WHEN m.month_index >= s.onset_index
            THEN CASE WHEN m.status = 'open' THEN 1 ELSE 0 END
        END) AS always_open,
        max(CASE WHEN m.status = 'closed' AND m.month_index <= s.onset_index + 5 THEN 1 ELSE 0 END)
            AS closed_by_6,
        max(CASE WHEN m.status = 'closed' THEN 1 ELSE 0 END) AS closed_by_12,
        max(CASE WHEN m.month_index = r.last_6 THEN CASE WHEN m.status = 'open' THEN 1 ELSE 0 END
        END) AS open_6,
        max(CASE WHEN m.month_index = r.last_12 THEN CASE WHEN m.status = 'open' THEN 1 ELSE 0 END
        END) AS open_12,
        max(CASE
            WHEN m.month_index >= s.onset_index AND m.adaptations IS NOT NULL
                THEN CASE WHEN m.adaptations = ' none ' THEN 0 ELSE 1 END
        END) AS adapted,
        max(CASE
            WHEN m.month_index >= s.onset_index AND m.adaptations IS NOT NULL
                THEN CASE WHEN b.adaptation_origin = 'own' AND m.adaptations <> ' none '
                    THEN 1 ELSE 0 END
        END) AS adapted_own,
        max(CASE
            WHEN m.month_index >= s.onset_index AND m.adaptations IS NOT NULL
                THEN CASE WHEN b.adaptation_origin = 'project' AND m.adaptations <> ' none '
                    THEN 1 ELSE 0 END
        END) AS adapted_project,
        max(CASE
            WHEN m.month_index >= s.onset_index AND m.adaptations IS NOT NULL
                THEN CASE
                    WHEN
                        m.adaptations LIKE '% masks %' OR m.adaptations LIKE '% soap %'
                        OR m.adaptations LIKE '% market_link %'
                        OR m.adaptations LIKE '% new_market %'
                        THEN 1
                    ELSE 0
                END
        END) AS made_or_linked
    FROM core_business_struck AS s
    INNER JOIN core_business_month AS m
        ON
            s.business_id = m.business_id
            AND m.month_index BETWEEN s.onset_index - 6 AND s.onset_index + 11
    LEFT JOIN (
        SELECT business_id, obs_date, max(adaptation_origin) AS adaptation_origin
        FROM landed_business_observation
        GROUP BY business_id, obs_date
    ) AS b ON m.business_id = b.business_id AND m.obs_date = b.obs_date
    LEFT JOIN (
        SELECT
            t.business_id,
            t.crisis,
            max(CASE WHEN n.month_index BETWEEN t.onset_index + 3 AND t.onset_index + 5
                THEN n.month_index END) AS last_6,
            max(CASE WHEN n.month_index BETWEEN t.onset_index + 9 AND t.onset_index + 11
                THEN n.month_index END) AS last_12
        FROM core_business_struck AS t
        INNER JOIN core_business_month AS n ON t.business_id = n.business_id
        GROUP BY t.business_id, t.crisis
    ) AS r ON s.business_id = r.business_id AND s.crisis = r.crisis
    GROUP BY s.crisis, s.business_id, s.onset_index
) AS a
INNER JOIN core_business_month AS f
    ON a.business_id = f.business_id AND a.last_before = f.month_index AND f.status = 'open'
INNER JOIN core_vsla_group AS g ON a.group_id = g.group_id
LEFT JOIN (
    SELECT
        crisis,
        business_id,
        sum(revenue_xof) AS revenue_xof,
        sum(baseline_xof) AS baseline_xof
    FROM core_business_episode
    WHERE month_index <= onset_index + 11 AND revenue_xof IS NOT NULL
    GROUP BY crisis, business_id
) AS e ON a.crisis = e.crisis AND a.business_id = e.business_id
