-- What a feed could place no more exactly than a region, or the country, in months in which the
-- same feed names cercles: it comes on top of what the cercles hold. Only of feeds whose grains
-- add up (data/reference/feeds.yaml); in others a coarser figure is the whole once more.
SELECT
    s.level,
    s.place,
    s.month,
    sum(CASE WHEN s.measure = 'events' THEN s.value END) AS events,
    sum(CASE WHEN s.measure = 'fatalities' THEN s.value END) AS fatalities,
    sum(CASE WHEN s.measure = 'displaced' THEN s.value END) AS displaced
FROM core_shock_exposure AS s
INNER JOIN ref_source AS f ON s.source = f.source AND f.add_up = 1
INNER JOIN (
    SELECT DISTINCT
        g.feed,
        t.month,
        t.measure
    FROM core_shock_exposure AS t
    INNER JOIN ref_source AS g ON t.source = g.source
    WHERE t.level = 'cercle' AND t.source_rank = 1
) AS c ON f.feed = c.feed AND s.month = c.month AND s.measure = c.measure
WHERE s.level <> 'cercle' AND s.source_rank = 1
GROUP BY s.level, s.place, s.month
