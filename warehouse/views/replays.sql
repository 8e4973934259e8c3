CREATE VIEW replays AS
SELECT *
FROM landed.replays;

COMMENT ON VIEW replays IS 'One row per try to land a record that had been set aside or held back: the trail of the quarantine.';
