-- One row a business and crisis whose revenue can be followed: the month in which it recovered,
-- the first in which revenue was at 0.9 of the baseline or more for two months running. A month
-- without a record breaks the run; an episode never seen for two months running cannot be judged
-- and is left out. recovered_index is empty while recovery has not come: such episodes stay in.
-- What the first twelve months cost: the shortfall below the baseline summed over the months
-- observed (the area of the resilience triangle, in months of usual revenue), how many they were,
-- and the share of usual revenue missing in the worst of them.
SELECT
    e.business_id,
    e.crisis,
    e.onset_index,
    min(CASE WHEN e.revenue_ratio >= 0.9 AND e.next_ratio >= 0.9 THEN e.month_index END)
        AS recovered_index,
    max(e.gap) AS months_missing,
    sum(CASE
        WHEN e.month_index < e.onset_index + 12 AND e.revenue_ratio < 1 THEN 1 - e.revenue_ratio
        ELSE 0
    END) AS loss_first_year,
    sum(CASE WHEN e.month_index < e.onset_index + 12 THEN 1 ELSE 0 END) AS months_first_year,
    max(CASE
        WHEN e.month_index < e.onset_index + 12 AND e.revenue_ratio < 1 THEN 1 - e.revenue_ratio
        WHEN e.month_index < e.onset_index + 12 THEN 0
    END) AS depth_first_year,
    max(e.without_weight) AS without_weight,
    max(e.weight) AS weight
FROM (
    SELECT
        w.*,
        CASE WHEN w.next_index = w.month_index + 1 THEN w.following_ratio END AS next_ratio,
        CASE WHEN w.next_index > w.month_index + 1 THEN 1 ELSE 0 END AS gap
    FROM (
        SELECT
            r.*,
            lead(r.month_index) OVER (
                PARTITION BY r.business_id, r.crisis ORDER BY r.month_index
            ) AS next_index,
            lead(r.revenue_ratio) OVER (
                PARTITION BY r.business_id, r.crisis ORDER BY r.month_index
            ) AS following_ratio
        FROM core_business_episode AS r
        WHERE r.revenue_ratio IS NOT NULL
    ) AS w
) AS e
GROUP BY e.business_id, e.crisis, e.onset_index
HAVING count(e.next_ratio) > 0
