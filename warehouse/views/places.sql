CREATE VIEW places AS
SELECT c.*
FROM landed.places c
ANTI JOIN landed.superseded s ON c.article_id = s.article_id AND c.version < s.latest;

COMMENT ON VIEW places IS 'One row per place named in a dateline, caption or credit, of the article''s latest version.';
