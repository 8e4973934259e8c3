CREATE VIEW quarantine AS
SELECT *
FROM landed.quarantine;

COMMENT ON VIEW quarantine IS 'One row per record that did not land, with its reason and itself.';
