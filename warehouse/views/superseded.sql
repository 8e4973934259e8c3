-- Few articles have a second version, and row groups without one are skipped by their statistics: looking only at those keeps `articles` fast.
CREATE VIEW landed.superseded AS
SELECT article_id, max(version) AS latest
FROM landed.articles
WHERE version > 1
GROUP BY article_id;

COMMENT ON VIEW landed.superseded IS 'Articles with more than one version, and the number of the latest.';
