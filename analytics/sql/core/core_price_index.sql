-- National consumer prices by month, as a ratio to the last month known: dividing an amount by it
-- gives constant francs of that month.
SELECT
    p.month,
    p.price_index,
    p.price_index / l.price_index AS price_level,
    l.month AS base_month,
    p.source
FROM (
    SELECT
        month,
        index AS price_index,
        source,
        row_number() OVER (PARTITION BY month ORDER BY _sequence DESC, _row DESC) AS version_rank
    FROM landed_price_index
) AS p
CROSS JOIN (
    SELECT month, price_index
    FROM (
        SELECT
            month,
            index AS price_index,
            row_number() OVER (ORDER BY month DESC, _sequence DESC, _row DESC) AS recency
        FROM landed_price_index
    ) AS ordered
    WHERE recency = 1
) AS l
WHERE p.version_rank = 1
