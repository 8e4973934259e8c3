CREATE VIEW rules AS
SELECT *
FROM landed.rules;

COMMENT ON VIEW rules IS 'One row per run and rule: how often it fired, 0 for never.';
