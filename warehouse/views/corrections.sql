CREATE VIEW corrections AS
SELECT c.*
FROM landed.corrections c
ANTI JOIN landed.superseded s ON c.article_id = s.article_id AND c.version < s.latest;

COMMENT ON VIEW corrections IS 'One row per value that an entry of a corrections file put right, of the article''s latest version.';
