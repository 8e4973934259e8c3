CREATE MACRO by_person(person) AS TABLE
WITH names AS (
    SELECT name
    FROM (SELECT DISTINCT name FROM contributors)
    WHERE list_has_all(string_split_regex(strip_accents(lower(name)), '[^\pL\pN]+'), string_split_regex(strip_accents(lower(trim(person))), '[^\pL\pN]+'))
)
SELECT c.name, c.role, c.title, c.affiliation, c.place, a.article_id, a.headline, a.published_at, a.dateline_date, a.source, a.section, a.url
FROM contributors c JOIN names USING (name) JOIN articles a USING (article_id)
ORDER BY a.published_at, a.article_id, c.position;

COMMENT ON MACRO TABLE by_person IS 'What a person wrote, edited or photographed, by any part of the name; case and accents don''t matter. Example: SELECT name, role, headline FROM by_person(''whitlam'')';
