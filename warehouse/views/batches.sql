CREATE VIEW batches AS
SELECT *
FROM landed.batches;

COMMENT ON VIEW batches IS 'One row per committed batch.';
