CREATE MACRO filled("column") AS TABLE
SELECT source, language, count(*) AS articles, count(nullif(nullif(COLUMNS(lambda c: c = lower("column"))::VARCHAR, '[]'), '')) AS filled,
       round(count(nullif(nullif(COLUMNS(lambda c: c = lower("column"))::VARCHAR, '[]'), '')) / count(*), 4) AS share
FROM articles
GROUP BY source, language
ORDER BY articles DESC, source, language;

COMMENT ON MACRO TABLE filled IS 'How many articles have a value in a column, by source and language; an empty list or text is none. Example: FROM filled(''byline'')';
