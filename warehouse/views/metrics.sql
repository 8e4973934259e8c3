CREATE VIEW metrics AS
SELECT *
FROM landed.metrics;

COMMENT ON VIEW metrics IS 'One row per run that read something, source and measure: what later runs are compared with.';
