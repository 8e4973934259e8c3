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
    SELECT w.word, s.stem FROM wanted w JOIN landed.stems s ON s.term = w.word
    LIMIT 1000
)
SELECT word, stem AS term FROM stems
UNION
SELECT w.word, s.term FROM stems w JOIN landed.stems s ON s.stem = w.stem
LIMIT 1000;

COMMENT ON MACRO TABLE landed.forms IS 'The words that are asked for, each with its other forms that have landed: ferry, ferries.';

-- BM25 as DuckDB's own full-text search has it, k = 1.2 and b = 0.75; a word with its forms counts as one. Files that have no index are scanned.
CREATE MACRO landed.hits(words) AS TABLE
WITH wanted AS (
    FROM landed.wanted(words)
),
found AS (
    SELECT p.text, f.word, sum(p.tf) AS tf
    FROM landed.forms(words) f JOIN landed.postings p USING (term)
    GROUP BY p.text, f.word
),
scanned AS (
    SELECT article_id, version, length, landed.words_of(text) AS tokens
    FROM landed.unindexed
    WHERE list_bool_and(list_transform((SELECT list(word) FROM wanted), lambda w: contains(landed.spell(text), w)))
),
counted AS (
    SELECT t.article, t.version, t.length, f.word, f.tf
    FROM found f JOIN landed.texts t USING (text)
    UNION ALL
    SELECT ('0x' || s.article_id)::UBIGINT, s.version, s.length, w.word, len(list_filter(s.tokens, lambda token: token = w.word))
    FROM scanned s, wanted w
    WHERE list_contains(s.tokens, w.word)
),
size AS (
    SELECT sum(texts) AS texts, sum(total) / sum(texts) AS length
    FROM (SELECT count(*) AS texts, sum(length) AS total FROM landed.texts UNION ALL SELECT count(*), sum(length) FROM landed.unindexed)
),
weight AS (
    SELECT word, ln(((SELECT texts FROM size) - count(*) + 0.5) / (count(*) + 0.5) + 1) AS idf
    FROM counted
    GROUP BY word
)
SELECT printf('%016x', article) AS article_id, version::BIGINT AS version,
       sum(idf * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * length / (SELECT length FROM size)))) AS score
FROM counted JOIN weight USING (word)
GROUP BY article, version
HAVING count(*) = (SELECT count(*) FROM wanted);

COMMENT ON MACRO TABLE landed.hits IS 'Article versions that hold all the words, with their rank by BM25.';
