-- The areas of life that a survey asks about, and 'all' for any of them.
SELECT t.theme
FROM (
    SELECT code AS theme
    FROM ref_code
    WHERE dataset = 'member_survey' AND column_name = 'impacts' AND code <> 'none'
    UNION ALL
    SELECT 'all' AS theme
) AS t
