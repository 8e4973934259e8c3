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
texts AS (
    SELECT segment, doc, article, version, tf AS length FROM landed.terms WHERE kind = 0
),
scanned AS (
    SELECT article_id, version, length, landed.words_of(text) AS tokens
    FROM landed.unindexed
    WHERE list_bool_and(list_transform((SELECT list(word) FROM wanted), word -> contains(landed.spell(text), word)))
),
counted AS (
    SELECT printf('%016x', t.article) AS article_id, t.version, t.length, f.word, f.tf
    FROM found f JOIN texts t ON t.segment = f.segment AND t.doc = f.doc
    UNION ALL
    SELECT s.article_id, s.version, s.length, w.word, len(list_filter(s.tokens, token -> token = w.word)) AS tf
    FROM scanned s, wanted w
    WHERE list_contains(s.tokens, w.word)
),
size AS (
    SELECT count(*) AS texts, avg(length) AS length
    FROM (SELECT length FROM texts UNION ALL SELECT length FROM landed.unindexed)
),
weight AS (
    SELECT word, ln((any_value(size.texts) - count(*) + 0.5) / (count(*) + 0.5) + 1) AS idf
    FROM counted, size
    GROUP BY word
)
SELECT c.article_id, c.version, sum(w.idf * c.tf * 2.2 / (c.tf + 1.2 * (0.25 + 0.75 * c.length / size.length))) AS score
FROM counted c JOIN weight w USING (word), size
GROUP BY ALL
HAVING count(*) = (SELECT count(*) FROM wanted);

COMMENT ON MACRO TABLE landed.hits IS 'Article versions that hold all the words, with their rank by BM25.';
