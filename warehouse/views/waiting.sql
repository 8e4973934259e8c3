CREATE VIEW waiting AS
SELECT q.*
FROM landed.quarantine q
ANTI JOIN (SELECT file_id, record_no FROM landed.articles UNION ALL SELECT file_id, record_no FROM landed.duplicates) USING (file_id, record_no)
ANTI JOIN (SELECT file_id, record_no FROM landed.replays WHERE outcome <> 'stays') USING (file_id, record_no)
WHERE q.reason = 'held' OR NOT EXISTS (
    SELECT 1 FROM landed.articles a JOIN landed.batches landing ON landing.batch_id = a.batch_id JOIN landed.batches aside ON aside.batch_id = q.batch_id
    WHERE a.article_id = q.article_id
      AND (landing.committed_at > aside.committed_at OR (a.batch_id = q.batch_id AND a.file_id = q.file_id AND a.record_no > q.record_no))
);

COMMENT ON VIEW waiting IS 'Rows of quarantine that still wait: not landed since by replay, as a repeat or as a corrected record of the same id, and not discarded.';
