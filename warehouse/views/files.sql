CREATE VIEW files AS
SELECT *
FROM landed.files;

COMMENT ON VIEW files IS 'One row per input file read to its end, with its conservation equation.';
