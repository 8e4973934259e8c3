-- Writing without spaces between words is searched sign by sign. Only text beyond ASCII can hold such signs or accents.
CREATE MACRO landed.spell(text) AS
CASE
    WHEN strlen(text) = length(text) THEN lower(text)
    ELSE regexp_replace(strip_accents(lower(text)), '([\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}])', ' \1 ', 'g')
END;

COMMENT ON MACRO landed.spell IS 'Text as it is searched: in small letters, without accents.';

CREATE MACRO landed.words_of(text) AS string_split_regex(landed.spell(text), '[^\pL\pN]+');

COMMENT ON MACRO landed.words_of IS 'The words of a text as they are searched; empty ones where it starts or ends with something else.';

-- The limits are far beyond any question. They tell DuckDB that these tables are small, so that it looks words up in the index and does not build
-- its hash tables from all of it.
CREATE MACRO landed.wanted(words) AS TABLE
SELECT DISTINCT word
FROM (SELECT unnest(landed.words_of(words)) AS word)
WHERE word <> ''
LIMIT 100;

COMMENT ON MACRO TABLE landed.wanted IS 'The words that are asked for, one a row.';

CREATE MACRO landed.forms(words) AS TABLE
WITH wanted AS (
    FROM landed.wanted(words)
),
stems AS (
    SELECT word, word AS stem FROM wanted
    UNION
    SELECT w.word, t.other FROM wanted w JOIN landed.terms t ON t.kind = 1 AND t.term = w.word
    LIMIT 1000
)
SELECT word, stem AS term FROM stems
UNION
SELECT s.word, t.other FROM stems s JOIN landed.terms t ON t.kind = 2 AND t.term = s.stem
LIMIT 1000;

COMMENT ON MACRO TABLE landed.forms IS 'The words that are asked for, each with its other forms that have landed: ferry, ferries.';

CREATE VIEW landed.texts AS
SELECT tf::BIGINT AS length FROM landed.terms WHERE kind = 0
UNION ALL
SELECT length FROM landed.unindexed;

COMMENT ON VIEW landed.texts IS 'One row per text that is searched.';
COMMENT ON COLUMN landed.texts.length IS 'Its words.';

-- BM25 as DuckDB's own full-text search has it, k = 1.2 and b = 0.75; a word with its forms counts as one. Files that have no index are scanned.
CREATE MACRO landed.hits(words) AS TABLE
WITH wanted AS (
    FROM landed.wanted(words)
),
found AS (
    SELECT t.segment, t.doc, f.word, sum(t.tf) AS tf
    FROM landed.forms(words) f JOIN landed.terms t ON t.kind = 3 AND t.term = f.term
    GROUP BY ALL
),
scanned AS (
    SELECT article_id, version, length, landed.words_of(text) AS tokens
    FROM landed.unindexed
    WHERE list_bool_and(list_transform((SELECT list(word) FROM wanted), lambda w: contains(landed.spell(text), w)))
),
counted AS (
    SELECT segment, doc, NULL AS article_id, NULL AS version, NULL AS length, word, tf
    FROM found
    UNION ALL
    SELECT NULL, NULL, s.article_id, s.version, s.length, w.word, len(list_filter(s.tokens, lambda token: token = w.word)) AS tf
    FROM scanned s, wanted w
    WHERE list_contains(s.tokens, w.word)
),
size AS (
    SELECT count(*) AS texts, avg(length) AS length FROM landed.texts
),
weight AS (
    SELECT word, ln(((SELECT texts FROM size) - count(*) + 0.5) / (count(*) + 0.5) + 1) AS idf
    FROM counted
    GROUP BY word
),
matching AS (
    SELECT segment, doc, article_id, version, length, list({idf: w.idf, tf: c.tf}) AS evidence
    FROM counted c JOIN weight w USING (word)
    GROUP BY ALL
    HAVING count(*) = (SELECT count(*) FROM wanted)
),
placed AS (
    SELECT printf('%016x', t.article) AS article_id, t.version, t.tf AS length, m.evidence
    FROM matching m JOIN landed.terms t ON t.kind = 0 AND t.segment = m.segment AND t.doc = m.doc
    UNION ALL
    SELECT article_id, version, length, evidence FROM matching WHERE segment IS NULL
),
scaled AS (
    SELECT article_id, version, evidence, length / (SELECT length FROM size) AS size FROM placed
)
SELECT article_id, version, list_sum(list_transform(evidence, lambda e: e.idf * e.tf * 2.2 / (e.tf + 1.2 * (0.25 + 0.75 * size)))) AS score
FROM scaled;

COMMENT ON MACRO TABLE landed.hits IS 'Article versions that hold all the words, with their rank by BM25.';
