"""The README is true: its run prints what it says, its queries answer, its commands, options and targets exist.

`python tests/test_readme.py` runs the commands of its run anew and writes down what they print.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from functools import cache
from pathlib import Path

import orjson
import pytest
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from flows.cli import app
from flows.settings import HouseFile, read_profile
from warehouse.sql import run_sql

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
TEXT = README.read_text("utf-8")
RUN = re.compile(r"(?<=<!-- run -->\n```console\n).*?(?=```\n<!-- /run -->)", re.DOTALL)
RUN_ID = re.compile(r"\b\d{8}T\d{6}-[0-9a-f]{6}\b")
SECONDS = re.compile(r"\bin \d+\.\d s")
HASH = re.compile(r"^[0-9a-f]{16}(?=, version \d)", re.MULTILINE)
PARSER = re.compile(r"(?<=\bparser  )\d+$", re.MULTILINE)
PROGRESS = re.compile(r"^\d[\d,]* batch(?:es)?, .*\n", re.MULTILINE)
"""Printed only where a run takes longer than a few seconds."""


def read_blocks(language: str) -> list[str]:
    """The fenced blocks in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def read_commands() -> list[str]:
    """The commands of the run, as typed."""
    return re.findall(r"^\$ (.*)$", RUN.findall(TEXT)[0], re.MULTILINE)


def run_command(command: str, folder: Path) -> str:
    """What a command prints in a folder that holds `examples/`, output and messages together."""
    kept = {name: value for name, value in os.environ.items() if name == "COPYDESK_CACHE" or not name.startswith("COPYDESK_")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ended = subprocess.run(
        command, shell=True, cwd=folder, env=kept | {"PATH": path, "PYTHONIOENCODING": "utf-8"}, text=True, encoding="utf-8",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=False,
    )
    return PROGRESS.sub("", ended.stdout)


def settle(text: str) -> str:
    """The text without what differs from run to run."""
    return HASH.sub("ID", PARSER.sub("N", SECONDS.sub("in N s", RUN_ID.sub("RUN", text))))


@pytest.fixture(scope="session")
def printed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A lake of the examples, built by the README's first command, and what each of its commands prints."""
    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(ROOT / "examples", folder / "examples")
    return folder / "demo.lake", {command: run_command(command, folder) for command in read_commands()}


@cache
def list_commands() -> dict[str, frozenset[str]]:
    """Each command's options, as its own help names them."""
    top = get_command(app)
    assert isinstance(top, TyperGroup)
    names = [[name, *rest] for name, command in top.commands.items() for rest in ([[n] for n in getattr(command, "commands", {})] or [[]])]
    helped = {" ".join(name): CliRunner().invoke(app, [*name, "--help"]) for name in names}
    assert all(result.exit_code == 0 for result in helped.values())
    return {name: frozenset(re.findall(r"(?<![\w-])--[a-z][a-z-]+", result.output)) for name, result in helped.items()}


def mentioned() -> list[tuple[str, str]]:
    """Each command in the README and the rest of its line."""
    return re.findall(r"\bcopydesk ((?:quarantine |source |expectations )?[a-z]+)\b([^`\n]*)", TEXT)


def test_the_run_prints_what_it_says(printed: tuple[Path, dict[str, str]]) -> None:
    """Run again, the commands of the run print the same but for run ids and times. Else write it anew: python tests/test_readme.py."""
    assert settle("".join(f"$ {command}\n{output}" for command, output in printed[1].items())) == settle(RUN.findall(TEXT)[0])


@pytest.mark.parametrize("query", [pytest.param(block, id=f"query {n}") for n, block in enumerate(read_blocks("sql"), 1)])
def test_every_query_answers(query: str, printed: tuple[Path, dict[str, str]]) -> None:
    """Each query returns rows on the examples."""
    with run_sql(printed[0], query) as result:
        assert next(result.rows(), None) is not None


def test_there_are_queries_enough() -> None:
    """Ten at least, none twice."""
    queries = read_blocks("sql")
    assert len(set(queries)) == len(queries) >= 10


def test_commands_and_options_exist() -> None:
    """Whatever follows `copydesk` is a command, and the options behind it are its own."""
    known = list_commands()
    groups = {name.split()[0] for name in known if " " in name}
    for command, rest in mentioned():
        assert command in known or command in groups, f"copydesk {command}"
        unknown = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", rest.split("#")[0])) - known.get(command, frozenset())
        assert not unknown, f"copydesk {command}: {sorted(unknown)}"


def test_options_in_prose_exist() -> None:
    """An option named alone belongs to some command."""
    everything = frozenset().union(*list_commands().values())
    assert set(re.findall(r"`(--[a-z][a-z-]+)", TEXT)) <= everything


def test_every_command_is_documented() -> None:
    """And every option of the one that matters most."""
    assert set(list_commands()) <= {command for command, _ in mentioned()}
    assert {option for option in list_commands()["ingest"] if option not in TEXT} == {"--help"}


def test_settings_of_the_environment_exist() -> None:
    """Each COPYDESK_ variable that is named is read."""
    from flows.settings import Settings

    named = {name.removeprefix("COPYDESK_").lower() for name in re.findall(r"COPYDESK_[A-Z_]+", TEXT)}
    assert named and named <= set(Settings.model_fields)


def test_targets_deployments_and_files_exist() -> None:
    """What is typed for make and Prefect, and each file that is linked or named by its path."""
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:^    |`)make (\w+)", TEXT, re.MULTILINE))
    assert {"demo", "test"} <= named <= targets
    (deployment,) = re.findall(r"prefect deploy --name (\S+)", TEXT)
    assert f"- name: {deployment}\n" in (ROOT / "prefect.yaml").read_text("utf-8")
    links = re.findall(r"\]\((?!https:)([^)]+)\)", TEXT)
    assert "warehouse/DICTIONARY.md" in links
    paths = re.findall(r"`((?:flows|transforms|expectations|warehouse|tests|examples|bench)/[\w./]*)`", TEXT)
    assert [path for path in links + paths if not (ROOT / path).exists()] == []


def test_the_profile_is_one(tmp_path: Path) -> None:
    """The profile printed can be read, and shows every key there is."""
    (block,) = read_blocks("toml")
    (tmp_path / "house.toml").write_text(block, "utf-8")
    assert read_profile(tmp_path / "house.toml").source == "hafenblatt"
    assert set(tomllib.loads(block)) == set(HouseFile.model_fields)


def test_no_path_of_a_machine() -> None:
    """Nothing in it belongs to the machine on which it was written."""
    assert not re.search(r"(?<![\w.<>/])/(?:home|work|tmp|root|usr|Users)/", TEXT)


LAYOUTS = {
    "dateline": "Owl counted twice\n\n{}\n\nThe figures will be corrected by the wardens.\n",
    "byline": "Owl counted twice\n\n{}\n\nAn owl that lives in two parks was counted in both.\n",
    "sign-off": "Owl counted twice\n\nAn owl that lives in two parks was counted in both.\n\n{}\n",
    "credit": "Owl counted twice\n\n{}\n\nAn owl that lives in two parks was counted in both.\n\nThe figures will be corrected.\n",
}
FORMS = re.findall(r"^\| (dateline|byline|sign-off|credit) \| ([^|]+) \| `([^`]+)` \| (.+) \|$", TEXT, re.MULTILINE)


@pytest.fixture(scope="session")
def forms(tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    """What `parse` reads from each line of the table of forms, set where print sets it."""
    folder = tmp_path_factory.mktemp("forms")
    lines = [orjson.dumps({"id": str(n), "document": LAYOUTS[kind].format(line)}) for n, (kind, _, line, _) in enumerate(FORMS)]
    (folder / "forms.jsonl").write_bytes(b"\n".join(lines))
    return [orjson.loads(line) for line in run_command("copydesk parse forms.jsonl", folder).splitlines()]


def gather(value: object) -> set[str]:
    """All strings in a JSON value."""
    match value:
        case str():
            return {value}
        case dict():
            return set().union(*(gather(part) for part in value.values()))
        case list():
            return set().union(*(gather(part) for part in value))
        case _:
            return set()


@pytest.mark.parametrize("number", range(len(FORMS)), ids=[f"{kind}: {form}" for kind, form, _, _ in FORMS])
def test_every_form_is_read_as_it_says(number: int, forms: list[dict[str, object]]) -> None:
    """The values in the last column are among those read from the line."""
    kind = FORMS[number][0]
    keys = {"dateline": ("dateline",), "byline": ("contributors",), "sign-off": ("contributors", "source_line"), "credit": ("photos",)}[kind]
    read = set().union(*(gather(forms[number][key]) for key in keys))
    assert set(re.findall(r"`([^`]+)`", FORMS[number][3])) <= read


def rewrite() -> None:
    """Run the commands of the run and write down what they print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(ROOT / "examples", folder / "examples")
        told = "".join(f"$ {command}\n{run_command(command, folder)}" for command in read_commands())
    README.write_text(RUN.sub(lambda _: told, TEXT), "utf-8")


if __name__ == "__main__":
    rewrite()
