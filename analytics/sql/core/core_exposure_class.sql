-- Whether a shock stood in its top class in a cercle and period. Published cut-offs where there
-- are any, else the upper quarter:
--   insecurity       the upper quarter of the cercles and periods with any event
--   prices           ALPS at "alert" or worse (WFP 2014: a standard deviation or more above the
--                    seasonal trend); without it the upper quarter of price rises
--   climate          rainfall a standard deviation or more from its mean (SPI of +-1, WMO 2012:
--                    moderately dry or wet); without it below 60 % or above 140 % of the mean
--   displacement     the upper quarter of the cercles and periods with anyone displaced
--   food insecurity  20 % of people or more in phase 3 or worse (Cadre Harmonise: area in phase 3)
-- Stringency is the same everywhere, so it tells no two cercles apart. `exposed` is 1 where any of
-- them is in its top class, 0 where something is known and none is, empty where nothing is known;
-- `shock` is the same as a breakdown.
SELECT
    k.*,
    CASE k.exposed WHEN 1 THEN 'exposed' WHEN 0 THEN 'less_exposed' END AS shock
FROM (
    SELECT
        c.cercle,
        c.period_kind,
        c.period,
        c.insecurity,
        c.prices,
        c.climate,
        c.displacement,
        c.food_insecurity,
        CASE
            WHEN
                coalesce(c.insecurity, c.prices, c.climate, c.displacement, c.food_insecurity) IS NULL
                THEN NULL
            ELSE greatest(
                coalesce(c.insecurity, 0), coalesce(c.prices, 0), coalesce(c.climate, 0),
                coalesce(c.displacement, 0), coalesce(c.food_insecurity, 0)
            )
        END AS exposed
    FROM (
        SELECT
            r.cercle,
            r.period_kind,
            r.period,
            CASE
                WHEN r.events IS NULL THEN NULL
                WHEN r.events > 0 AND r.events_rank >= 0.75 THEN 1
                ELSE 0
            END AS insecurity,
            CASE
                WHEN r.alps IS NOT NULL THEN CASE WHEN r.alps >= 1 THEN 1 ELSE 0 END
                WHEN r.price_change_pct IS NULL THEN NULL
                WHEN r.price_change_pct > 0 AND r.price_rank >= 0.75 THEN 1
                ELSE 0
            END AS prices,
            CASE
                WHEN r.rainfall_z IS NOT NULL THEN CASE WHEN abs(r.rainfall_z) >= 1 THEN 1 ELSE 0 END
                WHEN r.rainfall_pct_normal IS NULL THEN NULL
                WHEN r.rainfall_pct_normal < 60 OR r.rainfall_pct_normal > 140 THEN 1
                ELSE 0
            END AS climate,
            CASE
                WHEN r.displaced IS NULL THEN NULL
                WHEN r.displaced > 0 AND r.displaced_rank >= 0.75 THEN 1
                ELSE 0
            END AS displacement,
            CASE
                WHEN r.phase3plus_share IS NULL THEN NULL
                WHEN r.phase3plus_share >= 0.20 THEN 1
                ELSE 0
            END AS food_insecurity
        FROM (
            SELECT
                *,
                percent_rank() OVER (
                    PARTITION BY period_kind, CASE WHEN events > 0 THEN 1 ELSE 0 END
                    ORDER BY events
                ) AS events_rank,
                percent_rank() OVER (
                    PARTITION BY period_kind, CASE WHEN price_change_pct > 0 THEN 1 ELSE 0 END
                    ORDER BY price_change_pct
                ) AS price_rank,
                percent_rank() OVER (
                    PARTITION BY period_kind, CASE WHEN displaced > 0 THEN 1 ELSE 0 END
                    ORDER BY displaced
                ) AS displaced_rank
            FROM core_exposure_cercle_period
        ) AS r
    ) AS c
) AS k
