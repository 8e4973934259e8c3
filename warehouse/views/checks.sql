CREATE VIEW checks AS
SELECT *
FROM landed.checks;

COMMENT ON VIEW checks IS 'One row per expectation and batch: its result.';
