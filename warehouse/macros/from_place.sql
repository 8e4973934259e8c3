CREATE MACRO from_place(place) AS TABLE
SELECT p.name AS place, p.admin1, p.country, p.latitude, p.longitude, a.article_id, a.headline, a.dateline, a.dateline_agency, a.dateline_date, a.published_at,
       a.source, a.url
FROM places p JOIN articles a USING (article_id)
WHERE p.origin = 'dateline'
  AND (strip_accents(lower(p.name)) = strip_accents(lower(place)) OR strip_accents(lower(p.text)) = strip_accents(lower(place)) OR p.country = place
       OR strip_accents(lower(p.admin1)) = strip_accents(lower(place)))
ORDER BY coalesce(a.dateline_date, (a.published_at AT TIME ZONE 'UTC')::DATE), a.article_id;

COMMENT ON MACRO TABLE from_place IS 'Articles filed from a place: its name, as printed or in standard spelling, its state, or a country''s two letters. Example: SELECT place, headline FROM from_place(''GB'')';
