CREATE MACRO from_place(place) AS TABLE
WITH asked AS (
    SELECT name, "text", admin1, country
    FROM (SELECT DISTINCT name, "text", admin1, country FROM places WHERE origin = 'dateline')
    WHERE country = place OR list_contains([strip_accents(lower(name)), strip_accents(lower("text")), strip_accents(lower(admin1))], strip_accents(lower(place)))
)
SELECT p.name AS place, p.admin1, p.country, p.latitude, p.longitude, a.article_id, a.headline, a.dateline, a.dateline_agency, a.dateline_date, a.published_at,
       a.source, a.url
FROM places p
JOIN asked k
    ON p.name = k.name AND p."text" = k."text" AND p.admin1 IS NOT DISTINCT FROM k.admin1 AND p.country IS NOT DISTINCT FROM k.country
JOIN articles a USING (article_id)
WHERE p.origin = 'dateline'
ORDER BY coalesce(a.dateline_date, (a.published_at AT TIME ZONE 'UTC')::DATE), a.article_id;

COMMENT ON MACRO TABLE from_place IS 'Articles filed from a place: its name, as printed or in standard spelling, its state, or a country''s two letters. Example: SELECT place, headline FROM from_place(''lisbon'')';
