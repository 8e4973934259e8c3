"""SQL from users: one SELECT over the views; whatever reaches beyond them is refused, and leaves nothing behind."""

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import ModuleType

import duckdb
import pytest

from warehouse.catalog import committed_files, connect
from warehouse.columnar import write_parquet
from warehouse.errors import LakeError, NoLake, NoSnapshot
from warehouse.lake import open_lake
from warehouse.render import FORMATS, fit_widths
from warehouse.sql import Limits, Session, SqlRefused, run_sql, write_result

REFUSED = {
    "read_text": "FROM read_text('{secret}')",
    "read_blob": "FROM read_blob('{secret}')",
    "read_csv": "SELECT * FROM read_csv('/etc/passwd')",
    "read_json": "FROM read_json('{secret}')",
    "read_parquet": "FROM read_parquet('{folder}/data/articles/*.parquet')",
    "parquet_metadata": "FROM parquet_metadata('{stray}')",
    "a file by name": "FROM '{secret}'",
    "a lake file that is not committed": "FROM '{stray}'",
    "the catalog": "FROM read_blob('{folder}/catalog.sqlite')",
    "glob": "SELECT * FROM glob('/etc/*')",
    "in a subquery": "SELECT (SELECT content FROM read_text('{secret}'))",
    "in a CTE": "WITH a AS (FROM read_text('{secret}')) FROM a",
    "in a union": "SELECT 'a' UNION ALL SELECT content FROM read_text('{secret}')",
    "in a lateral join": "SELECT * FROM articles, LATERAL (FROM read_text('{secret}'))",
    "in EXISTS": "SELECT 1 WHERE EXISTS (FROM read_text('{secret}'))",
    "in a list": "SELECT [x FOR x IN (SELECT list(file) FROM glob('/etc/*'))]",
    "in capitals and a schema": "FROM main.READ_TEXT('{secret}')",
    "under EXPLAIN": "EXPLAIN FROM read_text('{secret}')",
    "sqlite_scan": "FROM sqlite_scan('{folder}/catalog.sqlite', 'ducklake_table')",
    "httpfs": "FROM read_parquet('https://news.example/a.parquet')",
    "an address by name": "FROM 'https://news.example/a.parquet'",
    "s3": "FROM 's3://news/a.parquet'",
    "query": "FROM query('SELECT 1')",
    "query_table": "FROM query_table('articles')",
    "serialised SQL": "FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    "enable_logging": "FROM enable_logging('QueryLog', storage='file', storage_config={{'path': '{folder}/log'}})",
    "checkpoint": "FROM checkpoint()",
    "sniff_csv": "FROM sniff_csv('{secret}')",
    "duckdb_secrets": "FROM duckdb_secrets()",
    "duckdb_settings": "FROM duckdb_settings()",
    "a variable of ours": "FROM connection",
    "ATTACH": "ATTACH '{folder}/catalog.sqlite' AS c",
    "ATTACH a new file": "ATTACH '{new}'",
    "DETACH": "DETACH memory",
    "USE": "USE memory",
    "COPY TO": "COPY articles TO '{new}'",
    "COPY FROM": "COPY landed.declared FROM '{secret}'",
    "EXPLAIN ANALYZE COPY": "EXPLAIN ANALYZE COPY (SELECT 1) TO '{new}'",
    "EXPLAIN (ANALYZE) COPY": "EXPLAIN (ANALYZE, FORMAT json) COPY (SELECT 1) TO '{new}'",
    "EXPLAIN INSERT SELECT": "EXPLAIN ANALYZE INSERT INTO landed.declared SELECT * FROM landed.declared",
    "EXPLAIN CREATE": "EXPLAIN ANALYZE CREATE TABLE t AS SELECT 1",
    "EXPORT": "EXPORT DATABASE '{new}'",
    "IMPORT": "IMPORT DATABASE '{folder}'",
    "INSTALL": "INSTALL httpfs",
    "LOAD": "LOAD '{secret}'",
    "SET": "SET enable_external_access = true",
    "RESET": "RESET lock_configuration",
    "SET VARIABLE": "SET VARIABLE a = 1",
    "PRAGMA": "PRAGMA database_list",
    "PRAGMA with a value": "PRAGMA enable_profiling='json'",
    "CALL": "CALL pragma_version()",
    "CREATE TABLE": "CREATE TABLE t AS SELECT 1",
    "CREATE VIEW": "CREATE OR REPLACE VIEW articles AS SELECT 1",
    "CREATE MACRO": "CREATE MACRO m(a) AS a",
    "CREATE SECRET": "CREATE SECRET (TYPE s3)",
    "INSERT": "INSERT INTO landed.declared VALUES (1)",
    "INSERT RETURNING": "INSERT INTO landed.declared DEFAULT VALUES RETURNING *",
    "INSERT in a CTE": "WITH a AS (INSERT INTO landed.declared DEFAULT VALUES RETURNING *) FROM a",
    "UPDATE": "UPDATE landed.declared SET view_name = 'x'",
    "DELETE": "DELETE FROM landed.declared",
    "MERGE": "MERGE INTO landed.declared d USING articles a ON false WHEN NOT MATCHED THEN INSERT DEFAULT VALUES",
    "DROP": "DROP VIEW articles",
    "ALTER": "ALTER TABLE landed.declared ADD COLUMN x INT",
    "TRUNCATE": "TRUNCATE landed.declared",
    "BEGIN": "BEGIN",
    "CHECKPOINT": "CHECKPOINT",
    "VACUUM": "VACUUM",
    "PREPARE": "PREPARE p AS SELECT 1",
    "EXECUTE": "EXECUTE p",
    "two statements": "SELECT 1; SELECT 2",
    "a second behind a comment": "SELECT 1; /* */ COPY (SELECT 1) TO '{new}'",
    "PIVOT that makes a type": "PIVOT articles ON language USING count(*)",
    "a parameter": "SELECT ?",
    "a syntax error": "SELEC 1",
    "an open string": "SELECT 'a",
    "no such view": "FROM gossip",
    "no such column": "SELECT gossip FROM articles",
    "a value that can't be cast": "SELECT headline::INT FROM articles",
    "in a macro's argument": "FROM search((SELECT content FROM read_text('{secret}')))",
    "in DESCRIBE": "DESCRIBE SELECT * FROM read_text('{secret}')",
    "in SUMMARIZE": "FROM (SUMMARIZE FROM read_text('{secret}'))",
    "in PIVOT": "PIVOT (FROM read_text('{secret}')) ON size IN (1) USING count(*)",
    "in a recursive CTE": "WITH RECURSIVE t AS (SELECT content FROM read_text('{secret}') UNION ALL FROM t) FROM t",
    "in ORDER BY": "SELECT 1 ORDER BY (SELECT content FROM read_text('{secret}'))",
    "in LIMIT": "SELECT 1 LIMIT (SELECT length(content) FROM read_text('{secret}'))",
    "in a filter": "SELECT count(*) FILTER ((SELECT true FROM glob('/etc/*') LIMIT 1)) FROM articles",
    "a macro's hidden part": "FROM landed.hits('a')",
    "in a quoted name": "FROM \"read_text\"('{secret}')",
    "in a full name": "FROM system.main.read_text('{secret}')",
    "in a comment's shade": "FROM read_text/**/('{secret}')",
    "through query and a view's name": "FROM query('FROM read_text(''{secret}'')')",
    "read_duckdb": "FROM read_duckdb('{folder}/catalog.sqlite')",
    "parquet_kv_metadata": "FROM parquet_kv_metadata('{stray}')",
    "parquet_bloom_probe": "FROM parquet_bloom_probe('{stray}', 'article_id', 'a')",
    "pandas_scan": "FROM pandas_scan(1)",
    "arrow_scan": "FROM arrow_scan(1, 2, 3)",
    "python_map_function": "FROM python_map_function(1)",
    "duckdb_logs": "FROM duckdb_logs()",
    "which_secret": "FROM which_secret('s3://a', 's3')",
    "truncate_duckdb_logs": "FROM truncate_duckdb_logs()",
    "force_checkpoint": "FROM force_checkpoint()",
    "disable_profiling": "FROM disable_profiling()",
    "repeat": "FROM repeat('a', 10)",
    "a directory by name": "FROM '{folder}/data/articles'",
    "a glob by name": "FROM '{folder}/data/*/*.parquet'",
    "the standard input": "FROM '/dev/stdin'",
    "a process's own memory": "FROM read_blob('/proc/self/environ')",
    "time travel of the catalog's own": "FROM articles AT (VERSION => 1)",
    "SELECT INTO": "SELECT 1 INTO t",
    "COPY over a data file": "COPY (SELECT 1) TO '{folder}/catalog.sqlite'",
    "COPY DATABASE": "COPY FROM DATABASE memory TO other",
    "COPY in EXPLAIN's brackets": "EXPLAIN (ANALYZE) (COPY (SELECT 1) TO '{new}')",
    "EXPLAIN of EXPLAIN": "EXPLAIN EXPLAIN ANALYZE COPY (SELECT 1) TO '{new}'",
    "ATTACH after DETACH": "DETACH memory; ATTACH '{folder}/catalog.sqlite' AS c",
    "ATTACH over http": "ATTACH 'https://news.example/a.duckdb'",
    "a macro that runs SQL": "CREATE MACRO m() AS TABLE FROM query('FROM read_text(''{secret}'')')",
    "a temporary macro": "CREATE TEMP MACRO m() AS 1",
    "a function's variable": "SET VARIABLE a = (SELECT content FROM read_text('{secret}'))",
    "nextval": "SELECT nextval('a')",
    "a cast to a named type": "SELECT 'x'::gossip",
    "nothing": "",
    "white space": " \n\t",
    "a comment": "-- SELECT 1",
    "a bare EXPLAIN": "EXPLAIN",
    "a NUL": "SELECT 1\0; COPY articles TO '{new}'",
    "half a character": "SELECT '\ud800'",
    "a deep list": "SELECT " + "[" * 2000 + "1" + "]" * 2000,
}

ANSWERED = {
    "SELECT": "SELECT 1",
    "a semicolon": "SELECT 1;",
    "FROM first": "FROM articles LIMIT 1",
    "WITH": "WITH a AS (SELECT article_id FROM articles) FROM a LIMIT 1",
    "WITH RECURSIVE": "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 1) FROM t",
    "VALUES": "VALUES (1)",
    "TABLE": "SELECT count(*) FROM (TABLE runs)",
    "unnest": "SELECT unnest([1])",
    "range": "FROM range(1)",
    "PIVOT with values": "PIVOT (SELECT language FROM articles) ON language IN ('cs') USING count(*)",
    "EXPLAIN": "EXPLAIN SELECT * FROM articles",
    "EXPLAIN ANALYZE": "EXPLAIN ANALYZE SELECT count(*) FROM articles",
    "EXPLAIN with options": "explain (analyze, format json) select 1",
    "EXPLAIN in brackets": "EXPLAIN (SELECT 1)",
    "EXPLAIN with comments": "/* é; */ EXPLAIN --x\n SELECT 1 -- ;",
    "a semicolon in a string": "SELECT 'a;b' AS x",
    "a function's name as a string": "SELECT 'read_text(1)' AS x",
    "versions": "SELECT count(*) FROM landed.articles",
    "SUMMARIZE": "SELECT count(*) FROM (SUMMARIZE runs)",
    "many brackets": "SELECT " + "(" * 900 + "1" + ")" * 900,
    "the dictionary": "SELECT meaning FROM data_dictionary WHERE column_name = 'byline' LIMIT 1",
}


@pytest.fixture(scope="module")
def places(landed: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A secret beside the lake, a file in the lake that is not committed, and a path where nothing is."""
    beside = tmp_path_factory.mktemp("beside")
    (beside / "secret.txt").write_text("the secret")
    stray = landed / "data" / "articles" / f"{'e' * 16}.parquet"
    stray.write_bytes(committed_files(landed)["articles"][0].read_bytes())
    return {"secret": str(beside / "secret.txt"), "stray": str(stray), "folder": str(landed), "new": str(beside / "new.csv")}


def list_files(*folders: str | Path) -> dict[Path, bytes]:
    """Every file below some folders, with what it holds."""
    return {p: p.read_bytes() for folder in folders for p in Path(folder).rglob("*") if p.is_file()}


def test_nesting_below_the_limit_is_answered_or_refused(landed: Path) -> None:
    """DuckDB parses it; whether Python's stack holds it too depends on its version, and neither way ends in a traceback."""
    try:
        with run_sql(landed, "SELECT " + "[" * 900 + "1" + "]" * 900) as result:
            assert str(next(result.rows())).count("[") == 900
    except SqlRefused as refused:
        assert "nested too deeply" in str(refused)


@pytest.mark.parametrize("statement", REFUSED.values(), ids=REFUSED)
def test_refused(places: dict[str, str], statement: str) -> None:
    """With a message, without a trace of the secret, and without a file more or less."""
    before = list_files(places["folder"], Path(places["secret"]).parent)
    with pytest.raises(SqlRefused) as told, run_sql(places["folder"], statement.format(**places)) as result:
        list(result.rows())
    assert str(told.value).strip()
    assert "the secret" not in str(told.value)
    assert list_files(places["folder"], Path(places["secret"]).parent) == before


@pytest.mark.parametrize("statement", ANSWERED.values(), ids=ANSWERED)
def test_answered(landed: Path, statement: str) -> None:
    """One row, or more where a plan takes two."""
    with run_sql(landed, statement) as result:
        assert list(result.rows())


OPEN_HANDED = [name for name in REFUSED if re.match(r"read_|parquet_m|a file|a lake|the cat|glob|in |sqlite|httpfs|an add|s3|ATT|COPY TO|SET$|LOAD|sniff", name)]


@pytest.mark.parametrize("name", OPEN_HANDED)
def test_the_connection_alone_holds_too(places: dict[str, str], name: str) -> None:
    """The second wall: even were the statement let through, DuckDB reaches nothing but the committed files."""
    before = list_files(places["folder"], Path(places["secret"]).parent)
    with connect(places["folder"]) as connection, pytest.raises(duckdb.Error):
        connection.execute(REFUSED[name].format(**places)).fetchall()
    assert list_files(places["folder"], Path(places["secret"]).parent) == before


HARMLESS = {
    "getvariable": "SELECT getvariable('a') IS NULL", "a log line": "SELECT write_log('gossip')", "current_setting": "SELECT current_setting('enable_external_access')",
    "the views of settings": "SELECT count(*) FROM pg_catalog.pg_settings", "a database's name": "SELECT current_database()",
}


@pytest.mark.parametrize("statement", HARMLESS.values(), ids=HARMLESS)
def test_what_only_looks_dangerous_changes_nothing(places: dict[str, str], statement: str) -> None:
    """Answered, and every wall stands afterwards."""
    before = list_files(places["folder"], Path(places["secret"]).parent)
    with run_sql(places["folder"], statement) as result:
        assert "the secret" not in str(list(result.rows()))
    assert list_files(places["folder"], Path(places["secret"]).parent) == before


@pytest.mark.parametrize("setting", [
    "SET enable_external_access = true", "SET allowed_paths = ['/etc/passwd']", "SET allowed_directories = ['/']", "SET lock_configuration = false",
    "SET memory_limit = '1TB'", "SET threads = 64", "SET temp_directory = '/tmp'", "SET autoload_known_extensions = true", "SET python_enable_replacements = true",
    "SET allow_unsigned_extensions = true", "SET extension_directory = '/tmp'", "SET custom_user_agent = 'a'", "RESET enable_external_access",
])
def test_no_setting_can_be_changed_on_the_connection(landed: Path, setting: str) -> None:
    """Even past the first wall."""
    with connect(landed) as connection, pytest.raises(duckdb.Error):
        connection.execute(setting)


LIMITED = {
    "time": ("SELECT count(*) FROM range(1000000000000) t(n) WHERE n % 7 = 3", Limits(seconds=0.2), "stopped after 0.2 s"),
    "time, asleep": ("SELECT sleep_ms(60000)", Limits(seconds=0.2), "stopped after 0.2 s"),
    "time, while rows come": ("SELECT n FROM range(1000000000000) t(n) WHERE n < 5 OR n > 900000000000", Limits(seconds=0.2), "stopped after 0.2 s"),
    "memory": ("SELECT list(n) FROM range(100000000) t(n)", Limits(memory="50MB"), "more memory than the 50MB"),
}


@pytest.mark.parametrize(("statement", "limits", "says"), LIMITED.values(), ids=LIMITED)
def test_a_question_keeps_to_its_limits(landed: Path, statement: str, limits: Limits, says: str) -> None:
    """And says which one, and how to have more."""
    with pytest.raises(SqlRefused, match=says), run_sql(landed, statement, limits=limits) as result:
        list(result.rows())


def test_limits_that_are_none_are_refused(landed: Path) -> None:
    """With what was given."""
    with pytest.raises(LakeError, match="memory of 5 apples"):
        run_sql(landed, "SELECT 1", limits=Limits(memory="5 apples"))


def test_the_time_of_the_reader_is_not_counted(landed: Path) -> None:
    """Who reads slowly, as a pager does, still gets every row."""
    with run_sql(landed, "SELECT range AS n FROM range(5000)", limits=Limits(seconds=0.5)) as result:
        rows = result.rows()
        next(rows)
        time.sleep(0.7)
        assert sum(1 for _ in rows) == 4999


def test_ctrl_c_is_no_error_of_the_query(landed: Path) -> None:
    """It ends the question as it ends everything else."""
    timer = threading.Timer(0.3, os.kill, [os.getpid(), signal.SIGINT])
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        run_sql(landed, "SELECT count(*) FROM range(1000000000000) t(n) WHERE n % 7 = 3")
    timer.join()


def test_a_session_sees_what_lands_and_survives_what_fails(tmp_path: Path, child: ModuleType) -> None:
    """Until it goes back; and where it can't go it stays."""
    def count(session: Session) -> int:
        with session.ask("SELECT count(*) FROM articles") as result:
            return int(next(result.rows())[0])

    with open_lake(tmp_path) as lake:
        child.land_numbered(lake, range(1, 2))
        with Session(tmp_path) as session:
            assert count(session) == 3
            with pytest.raises(SqlRefused):
                session.ask("DROP VIEW articles")
            child.land_numbered(lake, range(2, 3))
            assert count(session) == 3
            session.refresh()
            assert count(session) == 6
            with pytest.raises(NoSnapshot):
                session.travel("2001-01-01")
            assert count(session) == 6
            split = session.split("SELECT 1; -- two\nSELECT ';' AS b;")
            assert [statement.strip().rstrip(";") for statement in split] == ["SELECT 1", "-- two\nSELECT ';' AS b"]
            words = session.vocabulary()
            assert "headline" in words.views["articles"]
            assert "search" in words.macros
            assert {"select", "median"} <= set(words.keywords)


def test_parquet_holds_the_rows_and_types(landed: Path, tmp_path: Path) -> None:
    """Read back by DuckDB; names that repeat are told apart; no row is still an answer."""
    for name, query in {"all": ROWS, "none": f"SELECT * FROM ({ROWS}) WHERE false", "twice": "SELECT 1 AS a, 2 AS a, NULL AS b"}.items():
        with run_sql(landed, query) as result, (tmp_path / name).open("wb") as out:
            count = write_parquet(result, out)
        with duckdb.connect() as plain, run_sql(landed, query) as again:
            plain.execute("SET TimeZone = 'UTC'")
            rows = plain.execute(f"FROM read_parquet('{tmp_path / name}')")
            assert [d[0] for d in rows.description or []] == list(again.columns)
            assert rows.fetchall() == list(again.rows())
            assert count == {"all": 2, "none": 0, "twice": 1}[name]


@pytest.mark.parametrize(("query", "says"), [
    ("SELECT INTERVAL 1 DAY AS wait", "column wait is of type INTERVAL"), ("SELECT CASE WHEN n = 900000 THEN 'x' ELSE '1' END::INT AS n FROM range(1000000) t(n)", "Could not convert"),
])
def test_what_parquet_can_not_hold_is_said(landed: Path, query: str, says: str) -> None:
    """Instead of an Arrow error."""
    with pytest.raises(SqlRefused, match=says), run_sql(landed, query) as result:
        write_parquet(result, io.BytesIO())


def test_without_a_lake_there_is_no_answer(tmp_path: Path) -> None:
    """And no lake afterwards."""
    with pytest.raises(NoLake):
        run_sql(tmp_path / "news.lake", "SELECT 1")
    assert list(tmp_path.iterdir()) == []


def test_an_error_on_the_way_is_one_message(landed: Path) -> None:
    """Rows stream, so that a bad value may come late."""
    query = "SELECT CASE WHEN range = 9000 THEN 'x' ELSE '1' END::INT AS n FROM range(10000)"
    with pytest.raises(SqlRefused, match="Could not convert string 'x'"), run_sql(landed, query) as result:
        list(result.rows())


# ------------------------------------------------------------------ formats
ROWS = r"""
    SELECT * FROM (VALUES
        (1, 'Harbour opens', ['a', 'b'], 1.5, NULL, TIMESTAMPTZ '2001-02-03 04:05:06+00', true),
        (20, E'Two\nlines | \x1b[2Jand, "quotes" <b>', [], 20.25, 'x', NULL, false)) t(n, headline, tags, share, gone, seen_at, ok)"""


def render(folder: Path, statement: str, fmt: str, width: int | None = None) -> str:
    """What a user sees."""
    out = io.StringIO(newline="")
    with run_sql(folder, statement) as result:
        write_result(result, fmt, out, width)  # type: ignore[arg-type]
    return out.getvalue()


def test_json_and_json_lines_hold_the_same(landed: Path) -> None:
    """Types survive; a time has its zone."""
    expected = [
        {"n": 1, "headline": "Harbour opens", "tags": ["a", "b"], "share": 1.5, "gone": None, "seen_at": "2001-02-03T04:05:06+00:00", "ok": True},
        {"n": 20, "headline": 'Two\nlines | \x1b[2Jand, "quotes" <b>', "tags": [], "share": 20.25, "gone": "x", "seen_at": None, "ok": False},
    ]
    assert json.loads(render(landed, ROWS, "json")) == expected
    assert [json.loads(line) for line in render(landed, ROWS, "jsonl").splitlines()] == expected


def test_csv_reads_back(landed: Path) -> None:
    """Quoted as RFC 4180 has it."""
    rows = list(csv.reader(io.StringIO(render(landed, ROWS, "csv"), newline="")))
    assert rows == [
        ["n", "headline", "tags", "share", "gone", "seen_at", "ok"],
        ["1", "Harbour opens", '["a","b"]', "1.50", "", "2001-02-03 04:05:06+00:00", "true"],
        ["20", 'Two\nlines | \x1b[2Jand, "quotes" <b>', "[]", "20.25", "x", "", "false"],
    ]


def test_markdown_is_one_line_a_row(landed: Path) -> None:
    """Bars, breaks and tags can't break out of their cell."""
    assert render(landed, f"SELECT n, headline FROM ({ROWS})", "markdown").splitlines() == [
        "| n | headline |", "|---:|---|", "| 1 | Harbour opens |", r'| 20 | Two<br>lines \| \x1b[2Jand, "quotes" &lt;b> |',
    ]


def test_the_table_aligns_numbers_and_counts_rows(landed: Path) -> None:
    """Nothing in a headline can move the cursor."""
    assert render(landed, f"SELECT n, headline, gone FROM ({ROWS})", "table").splitlines() == [
        "  n │ headline                             │ gone",
        "────┼──────────────────────────────────────┼──────",
        "  1 │ Harbour opens                        │ NULL",
        r' 20 │ Two⏎lines | \x1b[2Jand, "quotes" <b> │ x',
        "(2 rows)",
    ]


@pytest.mark.parametrize("width", [20, 40, 60, 80, 120, 200])
@pytest.mark.parametrize("statement", [
    "FROM articles", "SELECT article_id, headline, body, word_count FROM articles", "SELECT '漢字かな交じり文' || repeat('語', 90) AS wide, 1 AS n",
    "SELECT repeat('é', 300) AS a, 'b' AS b",
], ids=["all columns", "four columns", "wide characters", "one long value"])
def test_no_line_is_wider_than_the_terminal(landed: Path, statement: str, width: int) -> None:
    """Long values are cut with an ellipsis; too many columns turn into one value a line."""
    from rich.cells import cell_len

    text = render(landed, statement, "table", width)
    assert max(map(cell_len, text.splitlines())) <= width
    assert "…" in text or width >= 120


def test_too_many_columns_are_laid_out_below_each_other(landed: Path) -> None:
    """`SELECT * FROM articles` in a narrow terminal."""
    text = render(landed, "FROM articles ORDER BY article_id LIMIT 2", "table", 80)
    assert text.startswith("── row 1 ──")
    assert " headline            │ Harbour opens, then closes\n" in text
    assert text.endswith("(2 rows)\n")


def test_a_plan_is_printed_whole(landed: Path) -> None:
    """EXPLAIN draws over many lines."""
    assert "PROJECTION" in render(landed, "EXPLAIN SELECT headline FROM articles", "table", 40)


@pytest.mark.parametrize("fmt", FORMATS)
def test_no_rows_are_still_an_answer(landed: Path, fmt: str) -> None:
    """With a header where the format has one."""
    text = render(landed, "SELECT 1 AS n WHERE false", fmt)
    assert text.replace("\r\n", "\n") == {
        "table": " n\n───\n(0 rows)\n", "json": "[]\n", "jsonl": "", "csv": "n\n", "markdown": "| n |\n|---:|\n"}[fmt]


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("value", [
    "170141183460469231731687303715884105727", "'nan'::DOUBLE", "'inf'::DOUBLE", "INTERVAL 3 DAYS", "'\\xAA'::BLOB",
    "MAP {1: 'a'}", "uuid()", "TIME '01:02:03'", "{'a': [1.5::DECIMAL(9, 2)]}", "'101'::BIT", "DATE '9999-12-31'", "1.10::DECIMAL(5, 2)",
    "TIMESTAMP 'infinity'", "'a'::ENUM('a')",
])
def test_every_type_can_be_written(landed: Path, fmt: str, value: str) -> None:
    """Whatever a query may compute."""
    text = render(landed, f"SELECT {value} AS x, 'end' AS y", fmt)
    assert "end" in text
    if fmt == "jsonl":
        assert set(json.loads(text)) == {"x", "y"}


def test_names_that_repeat_are_told_apart(landed: Path) -> None:
    """An object can hold each name once."""
    assert json.loads(render(landed, "SELECT 1 AS a, 2 AS a, 3 AS a_1", "jsonl")) == {"a": 1, "a_2": 2, "a_1": 3}


def test_long_answers_stream(landed: Path) -> None:
    """A million rows come without being held."""
    with run_sql(landed, "SELECT range AS n FROM range(1000000000000)") as result:
        rows = result.rows()
        assert [next(rows)[0] for _ in range(5000)][-1] == 4999


@pytest.mark.parametrize(("wanted", "room", "got"), [
    ([5, 5], 20, [5, 5]), ([50, 50], 60, [30, 30]), ([5, 90], 60, [5, 55]), ([90], 7, [7]), ([8] * 10, 20, None), ([3, 3, 80], 20, [3, 3, 14]),
    ([90, 90], None, [90, 90]),
])
def test_the_widest_columns_give_way_first(wanted: list[int], room: int | None, got: list[int] | None) -> None:
    """And none falls below what says something."""
    assert fit_widths(wanted, room) == got


def test_pandas_stays_out_of_the_way(landed: Path) -> None:
    """DuckDB imports pandas with the first parameter it is given from Python; that alone would take most of the budget."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from warehouse.sql import run_sql; from warehouse.show import find_article\n"
        "with run_sql(sys.argv[2], 'SELECT headline, chain FROM articles JOIN photos USING (article_id)') as r: list(r.rows())\n"
        "find_article(sys.argv[2], '0000000000000065'); sys.exit('pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(Path(__file__).parents[2]), str(landed)], check=False).returncode == 0


def test_reading_leaves_no_trace(landed: Path) -> None:
    """Not even a lock: readers never hold a writer up."""
    with run_sql(landed, "SELECT count(*) FROM articles") as result:
        open_lake(landed).close()
        assert list(result.rows()) == [(6,)]
