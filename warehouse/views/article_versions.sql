CREATE VIEW article_versions AS
SELECT a.*, s.latest IS NULL OR a.version = s.latest AS is_latest
FROM landed.articles a
LEFT JOIN landed.superseded s ON a.article_id = s.article_id;

COMMENT ON VIEW article_versions IS 'One row per article version: all that ever landed.';
COMMENT ON COLUMN article_versions.is_latest IS 'Whether no later version has landed.';
