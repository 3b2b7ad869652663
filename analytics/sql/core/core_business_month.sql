-- One row a business and month: the last record of the month, in its latest delivered version.
-- A closed business sells nothing: where no amount is given its revenue is 0, for leaving it out
-- would make the survivors speak for all. 9999… is the usual code for "does not know", and no amount
-- in francs, which have no coin below five: the amount is then missing, and the row says so (-1 is
-- refused at import).
SELECT
    v.business_id,
    v.group_id,
    v.obs_date,
    v.month_index,
    v.owner_sex,
    v.sector,
    v.status,
    CASE
        WHEN v.revenue_xof IN (9999, 99999, 999999, 9999999) THEN NULL
        WHEN v.status <> 'open' THEN coalesce(v.revenue_xof, 0)
        ELSE v.revenue_xof
    END AS revenue_xof,
    CASE WHEN v.revenue_xof IN (9999, 99999, 999999, 9999999) THEN 1 ELSE 0 END AS does_not_know,
    CASE WHEN v.adaptations IS NOT NULL THEN ' ' || v.adaptations || ' ' END AS adaptations,
    v.adaptation_origin,
    -- Weights count in the months that have any: a row without one is then left out.
    CASE WHEN v.weighted = 0 THEN 1.0 WHEN v.weight > 0 THEN v.weight END AS weight,
    CASE WHEN v.weighted = 1 AND (v.weight IS NULL OR v.weight <= 0) THEN 1 ELSE 0 END
        AS without_weight,
    lead(v.obs_date) OVER (PARTITION BY v.business_id ORDER BY v.obs_date) AS next_obs_date,
    lead(v.month_index) OVER (PARTITION BY v.business_id ORDER BY v.obs_date) AS next_index
FROM (
    SELECT
        b.*,
        d.month_index,
        max(CASE WHEN b.weight > 0 THEN 1 ELSE 0 END) OVER (PARTITION BY d.month_index) AS weighted,
        row_number() OVER (
            PARTITION BY b.business_id, d.month_index
            ORDER BY b.obs_date DESC, b._sequence DESC, b._row DESC
        ) AS recency
    FROM landed_business_observation AS b
    INNER JOIN ref_day AS d ON b.obs_date = d.day
) AS v
WHERE v.recency = 1
