CREATE VIEW duplicates AS
SELECT *
FROM landed.duplicates;

COMMENT ON VIEW duplicates IS 'One row per record that repeats one which has landed.';
