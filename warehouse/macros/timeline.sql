CREATE MACRO timeline(words, step) AS TABLE
WITH dated AS (
    SELECT date_trunc(step, coalesce((published_at AT TIME ZONE 'UTC')::DATE, dateline_date))::DATE AS start, h.article_id IS NOT NULL AS is_hit
    FROM articles a LEFT JOIN landed.hits(words) h USING (article_id, version)
)
SELECT start, count(*) FILTER (is_hit) AS matching, count(*) AS articles, round(count(*) FILTER (is_hit) / count(*), 4) AS share
FROM dated
WHERE start IS NOT NULL
GROUP BY start
ORDER BY start;

COMMENT ON MACRO TABLE timeline IS 'How many articles hold all the words, day by day, week, month or year, and what share of all articles that is; by day of publication, else of the dateline. Example: FROM timeline(''ferry'', ''month'')';
