CREATE VIEW contributors AS
SELECT c.*
FROM landed.contributors c
ANTI JOIN landed.superseded s ON c.article_id = s.article_id AND c.version < s.latest;

COMMENT ON VIEW contributors IS 'One row per person or desk and role named in an article, of its latest version.';
