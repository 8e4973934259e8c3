"""Suites by name: ours as Great Expectations JSON, for use elsewhere, and those that a house brings along in a folder of its own.

A suite of one's own is a `.json` file, as Great Expectations writes suites, or a `.py` file that makes `ExpectationSuite` objects. It says which
table it is about: `meta = {"table": "articles"}`, or by a name that begins with the table's. Its expectations keep their severity; where none
is given it is that of the suite's meta, else warning.
"""

from __future__ import annotations

import difflib
import json
import runpy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from expectations.batch import Failure, Found, list_cross, share_checker
from expectations.contract import CONTRACTED, combine, derive_contract
from expectations.cross import CrossCheck
from expectations.engine import COMPLETE, Engine, Outcome, explain_fault, make_frame, quiet, read_outcome
from expectations.run import list_run_checks
from warehouse.tables import SEVERITIES, TABLES, columns

OURS = frozenset({*CONTRACTED, "cross", "run", "profile", "files"})
MEASURED = {
    "cross": "Each column is a number that copydesk measures of every article: it runs on that frame, not on a table.",
    "run": "Each column is a number that copydesk measures of every source, or source and field, of a run: it runs on that frame, not on a table.",
}
DOMAIN = ("column", "column_A", "column_B", "column_list", "column_set")


class BadSuite(Exception):  # noqa: N818 - a verdict on a file, not an error of the program
    """A suite of a house that can't be used, with the file, what is wrong and what to do."""


class Own(NamedTuple):
    """An expectation of a house's own suite."""

    file: str
    suite: str
    table: str
    name: str
    severity: str
    meaning: str
    expectation: Any
    columns: tuple[str, ...]
    """The columns that it looks at; none for one about the whole table."""


# ------------------------------------------------------------------ ours
def list_adjustable() -> frozenset[str]:
    """Names of the checks whose severity and limits a house may set."""
    return frozenset(check.name for check in (*list_cross(), *list_run_checks()))


def list_measured() -> dict[str, tuple[CrossCheck, ...]]:
    """The hand-written checks by suite."""
    return {"cross": list_cross(), "run": list_run_checks()}


def write_suites(folder: Path) -> list[Path]:
    """Write every suite as JSON, one file each. Those named as a table run on that table's Parquet files with Great Expectations alone."""
    engine = share_checker().start()
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, suite in (*derive_suites(engine), *measure_suites(engine)):
        path = folder / f"{name}.json"
        path.write_text(json.dumps(suite.to_json_dict(), indent=2, ensure_ascii=False, sort_keys=True) + "\n", "utf-8")
        written.append(path)
    return written


def derive_suites(engine: Engine) -> Iterator[tuple[str, Any]]:
    """The contract of each table as a suite over its Parquet files, but for the structs in its lists, which no file has as columns."""
    for table in CONTRACTED:
        every = tuple(column.name for column in columns(TABLES[table]))
        kept = [c for c in derive_contract(table) if "." not in (c.column or "")]
        expectations = [engine.derive(c._replace(columns=every) if c.kind == "order" else c) for c in kept]
        yield table, engine.gx.ExpectationSuite(name=f"copydesk.{table}", expectations=expectations, meta={"table": table})


def measure_suites(engine: Engine) -> Iterator[tuple[str, Any]]:
    """The hand-written checks as suites over the frames that are measured for them."""
    for name, checks in list_measured().items():
        suite = engine.gx.ExpectationSuite(name=f"copydesk.{name}", expectations=[engine.expect(c) for c in checks], notes=MEASURED[name])
        yield name, suite


# ------------------------------------------------------------------ a house's own
@cache
def load_suites(folder: str) -> tuple[Own, ...]:
    """The expectations of all suites in a folder. Raises BadSuite for the first file that can't be used."""
    place = Path(folder)
    if not place.is_dir():
        raise BadSuite(f"{folder}: no such folder of suites; --expectations (or COPYDESK_EXPECTATIONS) names one with .json or .py files")
    gx = share_checker().start().gx
    found: list[Own] = []
    for path in sorted((*place.glob("*.json"), *place.glob("*.py"))):
        suites = read_json(path, gx) if path.suffix == ".json" else run_python(path, gx)
        for suite, explicit in suites:
            found += read_suite(path, suite, explicit)
    names = [(own.suite, own.name) for own in found]
    if again := next((name for name in names if names.count(name) > 1), None):
        raise BadSuite(f"{folder}: two suites are called {again[0]}; give each a name of its own")
    return tuple(found)


def read_json(path: Path, gx: Any) -> Iterator[tuple[Any, list[bool]]]:
    """The suite in a JSON file, and for each of its expectations whether its severity is given."""
    try:
        given = json.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise BadSuite(f"{path}: can't be read: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise BadSuite(f"{path}: not JSON: {error}; correct it, or have Great Expectations write it with suite.to_json_dict()") from None
    listed = given.get("expectations") if isinstance(given, dict) else None
    if not isinstance(listed, list) or not isinstance(given.get("name"), str) or not isinstance(given.get("meta") or {}, dict):
        raise BadSuite(f'{path}: no suite; write {{"name": "ours", "meta": {{"table": "articles"}}, "expectations": [...]}}')
    expectations = [build_expectation(path, number, one, gx) for number, one in enumerate(listed, 1)]
    suite = gx.ExpectationSuite(name=given["name"], meta=given.get("meta") or {})
    suite.expectations = expectations
    yield suite, ["severity" in one for one in listed]


def build_expectation(path: Path, number: int, given: Any, gx: Any) -> Any:
    """One expectation of a JSON file."""
    where = f"{path}: expectation {number}"
    if not isinstance(given, dict) or not isinstance(given.get("type"), str) or not isinstance(given.get("kwargs", {}), dict):
        raise BadSuite(f'{where} is none; write {{"type": "expect_column_values_to_not_be_null", "kwargs": {{"column": "byline"}}}}')
    make = __import__("great_expectations.expectations.expectation_configuration", fromlist=["x"]).ExpectationConfiguration
    known = {"type", "kwargs", "meta", "severity", "notes", "description"}
    try:
        return make(**{"kwargs": {}, **{key: value for key, value in given.items() if key in known}}).to_domain_obj()
    except Exception as error:  # noqa: BLE001 - whatever Great Expectations says of a configuration
        raise BadSuite(f"{where} ({given['type'][:80]}): {say_error(error)}") from None


def say_error(error: BaseException) -> str:
    """An error on one line.

    >>> say_error(ValueError("1 error for X\\ncolumn\\n  field required"))
    'ValueError: 1 error for X; column; field required'
    """
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {'; '.join(lines[:6])[:400]}"


def run_python(path: Path, gx: Any) -> Iterator[tuple[Any, list[bool]]]:
    """The suites that a Python file makes, by themselves or in lists."""
    try:
        with quiet():
            made = runpy.run_path(str(path), run_name=path.stem)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a house's own file raises
        trace, line = error.__traceback__, None
        while trace:
            line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == str(path) else line
            trace = trace.tb_next
        line = error.lineno if isinstance(error, SyntaxError) else line
        raise BadSuite(f"{path}{f', line {line}' if line else ''}: {say_error(error)}") from None
    suites: dict[int, Any] = {}
    for value in made.values():
        for one in value if isinstance(value, (list, tuple)) else (value,):
            if isinstance(one, gx.ExpectationSuite):
                suites[id(one)] = one
    if not suites:
        raise BadSuite(f"{path}: it makes no ExpectationSuite; bind one to a name: ours = gx.ExpectationSuite(name=..., expectations=[...])")
    for suite in suites.values():
        yield suite, ["severity" in one.__fields_set__ for one in suite.expectations]


def read_suite(path: Path, suite: Any, explicit: Sequence[bool]) -> Iterator[Own]:
    """The expectations of one suite, checked against the table that it is about."""
    meta = suite.meta or {}
    if suite.name in OURS:
        raise BadSuite(f"{path}: {suite.name} is the name of a suite of copydesk's own; give yours another")
    table = meta.get("table") or next((name for name in CONTRACTED if suite.name.removeprefix("copydesk.").startswith(name)), None)
    if table not in CONTRACTED:
        raise BadSuite(f'{path}: suite {suite.name} does not say which table it is about; give it meta={{"table": "articles"}}: one of '
                       f"{', '.join(CONTRACTED)}")
    severity = meta.get("severity", "warning")
    if severity not in SEVERITIES:
        raise BadSuite(f"{path}: suite {suite.name}: severity {severity!r} in its meta is none of {', '.join(SEVERITIES)}")
    names: set[str] = set()
    for expectation, is_explicit in zip(suite.expectations, explicit, strict=True):
        domain = name_columns(path, suite.name, table, expectation)
        name = (expectation.meta or {}).get("check") or "_".join((*domain[:2], expectation.expectation_type.removeprefix("expect_")))
        number, first = 2, name
        while name in names:
            name, number = f"{first}_{number}", number + 1
        names.add(name)
        expectation.meta = {**(expectation.meta or {}), "check": name}
        own = str(getattr(expectation.severity, "value", expectation.severity)) if is_explicit else severity
        yield Own(str(path), suite.name, table, name, own, say_meaning(expectation, domain), expectation, domain)


def name_columns(path: Path, suite: str, table: str, expectation: Any) -> tuple[str, ...]:
    """The columns that an expectation looks at; BadSuite for one that the table does not have."""
    found: list[str] = []
    for key in DOMAIN:
        value = getattr(expectation, key, None)
        found += [value] if isinstance(value, str) else value if isinstance(value, (list, tuple, set)) and key == "column_list" else []
    known = [column.name for column in columns(TABLES[table])]
    if expectation.expectation_type.startswith("expect_table"):
        return ()
    for name in found:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            meant = f"is {near[0]} meant?" if near else f"it has {', '.join(known)}"
            raise BadSuite(f"{path}: suite {suite}, {expectation.expectation_type}: table {table} has no column {name!r}; {meant}")
    return tuple(dict.fromkeys(found))


def say_meaning(expectation: Any, domain: Iterable[str]) -> str:
    """What an expectation expects: in its own words, or in those of its type and limits."""
    if expectation.description:
        return str(expectation.description)
    kwargs = {key: value for key, value in expectation.configuration.kwargs.items() if key not in DOMAIN}
    limits = ", ".join(f"{key} {value}" for key, value in kwargs.items() if key != "mostly")
    return f"{expectation.expectation_type.replace('_', ' ').capitalize()}: {', '.join(domain)}{f' ({limits[:200]})' if limits else ''}."


def judge_own(engine: Engine, tables: Mapping[str, pa.Table], own: Sequence[Own]) -> Iterator[Found]:
    """Have Great Expectations judge a batch by a house's own suites. Raises BadSuite for an expectation that breaks down."""
    for table in dict.fromkeys(one.table for one in own):
        mine = [one for one in own if one.table == table]
        rows = tables[table]
        wanted = {name for one in mine for name in one.columns}
        if any(not one.columns for one in mine):
            wanted |= set(rows.column_names) - {"body"}
        frame = make_frame({name: combine(rows.column(name)).to_pandas() for name in rows.column_names if name in wanted})
        suite = engine.gx.ExpectationSuite(name=f"own {table}")
        suite.expectations = [one.expectation for one in mine]
        with quiet():
            results = engine.batches.get_batch(batch_parameters={"dataframe": frame}).validate(suite, result_format=COMPLETE).results
        by_place = {(r.expectation_config.type, r.expectation_config.meta["check"]): r for r in results}
        for one in mine:
            yield read_own(one, by_place[one.expectation.expectation_type, one.name], rows)


def read_own(own: Own, result: Any, rows: pa.Table) -> Found:
    """The outcome of one expectation, with every article that fails it."""
    if fault := explain_fault(result):
        raise BadSuite(f"{own.file}: suite {own.suite}, {own.name}: it could not be computed over table {own.table}: {fault}; nothing of this batch "
                       "has landed: correct the expectation, or take it out")
    outcome = read_outcome(result)
    mostly = result.expectation_config.kwargs.get("mostly")
    mostly = None if mostly is None or mostly >= 1 else float(mostly)
    failures = []
    for place in outcome.places:
        said = ", ".join(f"{name} is {say_value(rows.column(name)[place].as_py())}" for name in own.columns)
        key = str(rows.column("article_id")[place].as_py()), int(rows.column("version")[place].as_py())
        failures.append(Failure(*key, own.table, own.name, own.severity, f"{said}.", own.severity == "critical" and mostly is None))
    observed = result.result.get("observed_value")
    if not own.columns:
        outcome = Outcome(outcome.success, rows.num_rows, outcome.unexpected, ())
    meaning = own.meaning if outcome.success or observed is None else f"{own.meaning} Observed: {str(observed)[:200]}."
    return Found(own.suite, own.name, result.expectation_config.type, own.columns[0] if own.columns else None, own.severity, meaning, outcome,
                 tuple(failures), "rows", mostly=mostly, why="The suite says so." if mostly else None)


def say_value(value: Any) -> str:
    """A value as an explanation quotes it, cut to length."""
    return "missing" if value is None else f"“{value[:80]}”" if isinstance(value, str) else str(value)[:80]
