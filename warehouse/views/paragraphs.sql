CREATE VIEW paragraphs AS
WITH split AS (
    SELECT article_id, version, headline, dateline_date, published_at, language, string_split(body, E'\n\n') AS texts
    FROM articles
    WHERE body <> ''
)
SELECT article_id, version, generate_subscripts(texts, 1) AS paragraph_no, unnest(texts) AS paragraph, headline, dateline_date, published_at, language
FROM split;

COMMENT ON VIEW paragraphs IS 'One row per paragraph of the body, of the article''s latest version.';
COMMENT ON COLUMN paragraphs.paragraph_no IS 'Order in the body, from 1.';
COMMENT ON COLUMN paragraphs.paragraph IS 'Text of the paragraph.';
