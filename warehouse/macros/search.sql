CREATE MACRO search(words) AS TABLE
SELECT round(h.score, 2) AS score, a.article_id, a.headline, a.byline, a.located, a.country, a.dateline_agency, a.dateline_date, a.published_at,
       a.source, a.section, a.language, a.url, a.word_count
FROM landed.hits(words) h JOIN articles a USING (article_id, version)
ORDER BY h.score DESC, a.article_id;

COMMENT ON MACRO TABLE search IS 'Articles whose headline, standfirst or body hold all the words, the best first; case and accents don''t matter. Example: FROM search(''harbour board'') LIMIT 10';
