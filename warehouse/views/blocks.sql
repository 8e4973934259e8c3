CREATE VIEW blocks AS
SELECT c.*
FROM landed.blocks c
ANTI JOIN landed.superseded s ON c.article_id = s.article_id AND c.version < s.latest;

COMMENT ON VIEW blocks IS 'One row per block of the span ledger, of the article''s latest version.';
