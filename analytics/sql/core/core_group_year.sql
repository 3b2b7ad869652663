-- by group, year by year
-- The years in which a group sent a record.
SELECT
    group_id,
    period
FROM core_last_observation
WHERE period_kind = 'year'
