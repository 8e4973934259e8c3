CREATE VIEW photos AS
SELECT c.*
FROM landed.photos c
ANTI JOIN landed.superseded s ON c.article_id = s.article_id AND c.version < s.latest;

COMMENT ON VIEW photos IS 'One row per picture whose caption or credit is printed, of the article''s latest version.';
