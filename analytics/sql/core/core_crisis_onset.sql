-- The month (index) from which each kind of crisis had struck: by cercle where a source dated the
-- onset there or in its region, and for the whole country (cercle empty): where a source dated it
-- for Mali, else from the first full month of the first crisis in the register that struck the
-- whole country for three months or more.
-- Only what groups name a crisis counts: displacement and politics are told elsewhere.
SELECT
    o.crisis,
    o.cercle,
    o.onset_index
FROM (
    SELECT
        e.kind AS crisis,
        c.cercle,
        coalesce(
            min(CASE WHEN e.level = 'cercle' THEN d.month_index END),
            min(d.month_index)
        ) AS onset_index
    FROM ref_place AS c
    INNER JOIN core_shock_exposure AS e
        ON
            (e.level = 'cercle' AND e.place = c.cercle)
            OR (e.level = 'region' AND e.place IN (c.region_2023, c.region_2012))
    INNER JOIN ref_day AS d ON d.month = e.month AND d.day_of_month = 1
    WHERE c.level = 'cercle' AND e.measure = 'onset' AND e.value >= 1
    GROUP BY e.kind, c.cercle
    UNION ALL
    SELECT
        n.crisis,
        NULL AS cercle,
        coalesce(min(n.dated_index), min(n.register_index)) AS onset_index
    FROM (
        SELECT
            e.kind AS crisis,
            d.month_index AS dated_index,
            NULL AS register_index
        FROM core_shock_exposure AS e
        INNER JOIN ref_day AS d ON d.month = e.month AND d.day_of_month = 1
        WHERE e.level = 'country' AND e.measure = 'onset' AND e.value >= 1
        UNION ALL
        SELECT
            e.kind AS crisis,
            NULL AS dated_index,
            s.month_index + CASE WHEN s.day_of_month = 1 THEN 0 ELSE 1 END AS register_index
        FROM core_crisis_event AS e
        INNER JOIN ref_day AS s ON e.start_date = s.day
        LEFT JOIN ref_day AS f ON e.end_date = f.day
        -- Insecurity strikes places: a national event says nothing of when it reached one.
        WHERE
            e.region IS NULL AND e.kind <> 'insecurity'
            AND (e.end_date IS NULL OR f.day_number IS NULL OR f.day_number - s.day_number >= 90)
    ) AS n
    GROUP BY n.crisis
) AS o
INNER JOIN ref_code AS k
    ON o.crisis = k.code AND k.dataset = 'contribution' AND k.column_name = 'crisis'
