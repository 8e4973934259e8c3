CREATE VIEW forgotten AS
SELECT *
FROM landed.forgotten;

COMMENT ON VIEW forgotten IS 'One row per record that was removed on request, without what it said.';
