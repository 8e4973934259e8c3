CREATE MACRO articles_on("day") AS TABLE
SELECT *
FROM articles
WHERE coalesce(make_timestamp(epoch_us(published_at))::DATE, dateline_date) = "day"::DATE
ORDER BY published_at, article_id;

COMMENT ON MACRO TABLE articles_on IS 'Articles published on a day (UTC), or filed on it where no publication is known. Example: SELECT headline FROM articles_on(''2025-05-13'')';
