-- The batch tells DuckDB in which files the best articles lie: it need not unpack the text of all others.
CREATE MACRO passages(words, most := 10) AS TABLE
WITH best AS (
    SELECT a.batch_id, h.article_id, h.version, h.score
    FROM landed.hits(words) h JOIN articles a USING (article_id, version)
    ORDER BY h.score DESC, h.article_id
    LIMIT most
),
split AS (
    SELECT b.score, a.article_id, a.headline, a.published_at, a.dateline_date, string_split(a.body, E'\n\n') AS texts
    FROM best b JOIN articles a USING (batch_id, article_id, version)
)
SELECT round(score, 2) AS score, article_id, headline, published_at, dateline_date, paragraph_no, paragraph
FROM (SELECT * EXCLUDE (texts), generate_subscripts(texts, 1) AS paragraph_no, unnest(texts) AS paragraph FROM split)
WHERE list_has_any(landed.words_of(paragraph), (SELECT list(term) FROM landed.forms(words)))
ORDER BY score DESC, article_id, paragraph_no;

COMMENT ON MACRO TABLE passages IS 'The paragraphs that hold one of the words, from the best articles that hold them all. Example: FROM passages(''ferry'', most := 5)';
