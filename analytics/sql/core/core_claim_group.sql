-- One row a crisis and group that lived through it: what it did in the twelve months from the onset
-- (from the month insecurity reached its cercle; from the national date else). Groups count that had
-- reported in the six months before and had not closed. What nobody recorded is missing, not "no".
SELECT
    w.crisis,
    w.group_id,
    w.region_2023,
    w.region_2012,
    w.cercle,
    w.group_type,
    w.onset_index,
    w.onset_index + 11 AS end_index,
    w.members,
    w.reported,
    -- Kept saving: something put aside in each quarter of the year it reported in, of two or more.
    CASE WHEN w.quarters_seen >= 2 THEN
        CASE WHEN w.quarters_saved = w.quarters_seen THEN 1 ELSE 0 END
    END AS kept_saving,
    CASE WHEN w.paid_crisis_xof > 0 THEN 1 WHEN w.paid_crisis_xof = 0 THEN 0 END AS paid_crisis,
    w.paid_xof,
    w.paid_crisis_xof,
    w.households,
    w.household_xof,
    w.household_crisis_xof,
    CASE WHEN c.deeds > 0 THEN 1 WHEN w.told = 1 THEN 0 END AS contributed,
    CASE WHEN c.ledger_deeds > 0 THEN 1 WHEN c.deeds > 0 OR w.told = 1 THEN 0 END
        AS contributed_ledger,
    CASE WHEN c.mitigating > 0 THEN 1 WHEN c.deeds > 0 OR w.told = 1 THEN 0 END AS mitigated,
    CASE WHEN c.adapting > 0 THEN 1 WHEN c.deeds > 0 OR w.told = 1 THEN 0 END
        AS adapted_together,
    CASE WHEN c.before_strike > 0 THEN 1 WHEN c.deeds > 0 OR w.told = 1 THEN 0 END AS prevented,
    coalesce(c.people_reached, 0) AS people_reached,
    coalesce(c.value_xof, 0) AS value_xof,
    coalesce(c.value_ledger_xof, 0) AS value_ledger_xof,
    coalesce(c.deeds, 0) AS deeds,
    coalesce(c.ledger_deeds, 0) AS ledger_deeds,
    b.adapted,
    b.kept_business,
    CASE
        WHEN c.deeds > 0 OR w.paid_crisis_xof > 0 THEN 1
        WHEN w.told = 1 OR w.paid_crisis_xof IS NOT NULL THEN 0
    END AS supported,
    b.adapted * b.kept_business * CASE
        WHEN c.deeds > 0 OR w.paid_crisis_xof > 0 THEN 1
        WHEN w.told = 1 OR w.paid_crisis_xof IS NOT NULL THEN 0
    END AS turned
FROM (
    SELECT
        s.crisis,
        g.group_id,
        g.region_2023,
        g.region_2012,
        g.cercle,
        g.group_type,
        s.onset_index,
        max(CASE WHEN i.month_index < s.onset_index THEN i.members END) AS members,
        max(CASE WHEN i.month_index >= s.onset_index THEN 1 ELSE 0 END) AS reported,
        -- A group that reported and gave nothing is known while contributions were logged at all.
        max(CASE
            WHEN
                i.month_index >= s.onset_index
                AND l.first_index <= s.onset_index + 11 AND l.last_index >= s.onset_index
                THEN 1
            ELSE 0
        END) AS told,
        count(DISTINCT CASE
            WHEN i.month_index >= s.onset_index AND i.saved_xof IS NOT NULL
                THEN floor((i.month_index - s.onset_index) / 3.0)
        END) AS quarters_seen,
        count(DISTINCT CASE
            WHEN i.month_index >= s.onset_index AND i.saved_xof > 0
                THEN floor((i.month_index - s.onset_index) / 3.0)
        END) AS quarters_saved,
        sum(CASE WHEN i.month_index >= s.onset_index THEN i.paid_xof END) AS paid_xof,
        sum(CASE WHEN i.month_index >= s.onset_index THEN i.paid_crisis_xof END)
            AS paid_crisis_xof,
        sum(CASE WHEN i.month_index >= s.onset_index THEN i.households END) AS households,
        -- Of the months whose households were counted, what was paid in all and for a crisis.
        sum(CASE WHEN i.month_index >= s.onset_index AND i.households > 0 THEN i.paid_xof END)
            AS household_xof,
        sum(CASE WHEN i.month_index >= s.onset_index AND i.households > 0 THEN i.paid_crisis_xof END)
            AS household_crisis_xof
    FROM core_vsla_group AS g
    INNER JOIN (
        SELECT
            a.group_id,
            k.crisis,
            coalesce(p.onset_index, n.onset_index) AS onset_index
        FROM core_vsla_group AS a
        CROSS JOIN (SELECT DISTINCT crisis FROM core_crisis_onset) AS k
        LEFT JOIN core_crisis_onset AS p ON k.crisis = p.crisis AND a.cercle = p.cercle
        LEFT JOIN core_crisis_onset AS n ON k.crisis = n.crisis AND n.cercle IS NULL
    ) AS s ON g.group_id = s.group_id
    LEFT JOIN ref_day AS z ON g.date_closed = z.day
    CROSS JOIN (
        SELECT min(d.month_index) AS first_index, max(d.month_index) AS last_index
        FROM core_contribution AS t INNER JOIN ref_day AS d ON t.date = d.day
    ) AS l
    INNER JOIN core_savings_interval AS i
        ON
            g.group_id = i.group_id
            AND i.month_index BETWEEN s.onset_index - 6 AND s.onset_index + 11
    WHERE z.month_index IS NULL OR z.month_index >= s.onset_index
    GROUP BY
        s.crisis, g.group_id, g.region_2023, g.region_2012, g.cercle, g.group_type, s.onset_index
    HAVING max(CASE WHEN i.month_index < s.onset_index THEN 1 ELSE 0 END) = 1
) AS w
LEFT JOIN (
    SELECT
        v.crisis,
        v.group_id,
        v.onset_index,
        count(*) AS deeds,
        sum(CASE WHEN x.source = 'ledger' THEN 1 ELSE 0 END) AS ledger_deeds,
        sum(CASE WHEN x.purpose = 'mitigation' THEN 1 ELSE 0 END) AS mitigating,
        sum(CASE WHEN x.purpose = 'adaptation' THEN 1 ELSE 0 END) AS adapting,
        sum(CASE WHEN x.phase IN ('prevention', 'preparedness') THEN 1 ELSE 0 END)
            AS before_strike,
        sum(x.people_reached) AS people_reached,
        sum(x.value_xof) AS value_xof,
        sum(CASE WHEN x.source = 'ledger' THEN x.value_xof END) AS value_ledger_xof
    FROM core_contribution AS x
    INNER JOIN ref_day AS d ON x.date = d.day
    INNER JOIN (
        SELECT
            a.group_id,
            k.crisis,
            coalesce(p.onset_index, n.onset_index) AS onset_index
        FROM core_vsla_group AS a
        CROSS JOIN (SELECT DISTINCT crisis FROM core_crisis_onset) AS k
        LEFT JOIN core_crisis_onset AS p ON k.crisis = p.crisis AND a.cercle = p.cercle
        LEFT JOIN core_crisis_onset AS n ON k.crisis = n.crisis AND n.cercle IS NULL
    ) AS v
        ON
            x.group_id = v.group_id AND x.crisis = v.crisis
            AND d.month_index BETWEEN v.onset_index AND v.onset_index + 11
    GROUP BY v.crisis, v.group_id, v.onset_index
) AS c ON w.crisis = c.crisis AND w.group_id = c.group_id
LEFT JOIN (
    SELECT
        crisis,
        group_id,
        max(adapted) AS adapted,
        max(kept) AS kept_business
    FROM core_claim_business
    WHERE owner_sex = 'female'
    GROUP BY crisis, group_id
) AS b ON w.crisis = b.crisis AND w.group_id = b.group_id
