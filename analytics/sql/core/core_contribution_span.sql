-- The days of the first and the last contribution logged anywhere.
SELECT
    min(date) AS first_date,
    max(date) AS last_date
FROM core_contribution
