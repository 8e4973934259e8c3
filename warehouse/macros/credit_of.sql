CREATE MACRO credit_of(agency) AS TABLE
SELECT p.photographer, p.agencies, p.credit_line, p.caption, p.flags, p.restrictions, p.photo_date, a.article_id, a.headline, a.published_at, a.source, a.url
FROM photos p JOIN articles a USING (article_id)
WHERE list_contains(p.agencies, replace(lower(trim(agency)), ' ', '_'))
   OR len(list_filter(p.chain, lambda link: strip_accents(lower(link.text)) = strip_accents(lower(trim(agency))))) > 0
ORDER BY a.published_at, a.article_id, p.position;

COMMENT ON MACRO TABLE credit_of IS 'Pictures whose credit names an agency, house or person, by id or as printed. Example: SELECT photographer, credit_line FROM credit_of(''reuters'')';
