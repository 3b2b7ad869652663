-- by group, year by year
-- The periods without a record of a group, where one of the twelve months up to the period's end has
-- one: silent, and yet heard of.
SELECT
    o.group_id,
    p.period_kind,
    p.period
FROM core_ledger_line AS o
INNER JOIN ref_day AS d
    -- Most records are followed by another within the month: of no period they are the last word.
    ON o.obs_date = d.day AND (o.next_obs_date IS NULL OR o.next_obs_date > d.next_month_end)
INNER JOIN ref_silence AS p
    ON
        d.month = p.month_before
        AND (o.next_obs_date IS NULL OR o.next_obs_date > p.period_end)
