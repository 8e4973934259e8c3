CREATE VIEW articles AS
SELECT a.*
FROM landed.articles a
ANTI JOIN landed.superseded s ON a.article_id = s.article_id AND a.version < s.latest;

COMMENT ON VIEW articles IS 'One row per article: its latest version.';
