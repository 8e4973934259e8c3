CREATE VIEW runs AS
SELECT *
FROM landed.runs;

COMMENT ON VIEW runs IS 'One row per finished run.';
