"""What is found in a folder, and what is said of the rest."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from flows.discover import Discovery, discover, name_path, resolve_path, show_path

ODD_NAMES = ("a b.txt", "line\nbreak.txt", "🦉.txt", "-rf.txt", "día.csv", "'quote\".txt", "CAPS.TXT", "%41.txt", "glob[*].txt")


def names(found: Discovery) -> list[str]:
    """Base names of the inputs, in their order."""
    return [item.path.name for item in found.inputs]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_are_inputs(tmp_path: Path, name: str) -> None:
    """Blanks, line breaks, quotes and pictures in a name harm nobody; what is shown stays on one line."""
    (tmp_path / name).write_text("x")
    (item,) = discover([tmp_path]).inputs
    assert isinstance(item.path, Path)
    assert item.path.read_text() == "x"
    assert "\n" not in item.shown


def test_bytes_that_are_no_text_are_shown_as_escapes(tmp_path: Path) -> None:
    """A name from another encoding is found, can be printed, and survives as a flow's parameter."""
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt"))
    try:
        path.write_text("x")
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    (item,) = discover([tmp_path]).inputs
    assert item.shown.endswith("caf\\xe9.txt")
    assert item.shown.encode("utf-8")
    assert name_path(path).encode("utf-8")
    assert resolve_path(name_path(path)) == path


def test_order_is_by_name_and_depth_first(tmp_path: Path) -> None:
    """The same tree gives the same order wherever it lies."""
    for name in ("b.txt", "a/z.txt", "a/b/c.txt", "c.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    assert [Path(str(item.path)).relative_to(tmp_path).as_posix() for item in discover([tmp_path]).inputs] == ["a/b/c.txt", "a/z.txt", "b.txt", "c.txt"]


def test_hidden_files_are_passed_over_and_others_named(tmp_path: Path) -> None:
    """What is skipped is listed with its reason, but for hidden files and what plainly holds no news."""
    for name in (".hidden.txt", ".git/config.txt", "README.md", "README.txt", "photo.JPG", "run.sh", "scan.pdf", "sheet.py/a.csv", "story.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    found = discover([tmp_path])
    assert names(found) == ["a.csv", "story.txt"]
    assert [(Path(aside.shown).name, aside.reason.split(";")[0]) for aside in found.skipped] == [
        ("README.txt", "a README"), ("scan.pdf", "no known ending"),
    ]


def test_a_named_file_is_read_whatever_its_ending(tmp_path: Path) -> None:
    """The ending decides only in folders."""
    (tmp_path / "story.dat").write_text("x")
    assert names(discover([tmp_path / "story.dat"])) == ["story.dat"]


def test_a_file_is_read_once(tmp_path: Path) -> None:
    """Named twice, in a folder that is named too, or under a link, it is one input."""
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "b.txt").symlink_to("a.txt")
    assert names(discover([tmp_path / "a.txt", tmp_path, tmp_path / "a.txt"])) == ["a.txt"]


def test_links_that_lead_nowhere_or_in_circles_are_passed_over(tmp_path: Path) -> None:
    """A folder that holds itself is walked once."""
    (tmp_path / "gone.txt").symlink_to("nothing.txt")
    (tmp_path / "self.txt").symlink_to("self.txt")
    (tmp_path / "again").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "a.txt").write_text("x")
    found = discover([tmp_path])
    assert names(found) == ["a.txt"]
    assert not found.failed
    assert sorted(Path(aside.shown).name for aside in found.skipped) == ["again", "gone.txt", "pipe.txt", "self.txt"]


def test_a_lake_is_no_inbox(tmp_path: Path) -> None:
    """`copydesk ingest .` does not read the lake it writes, nor another one."""
    for name in ("news.lake/originals/a.txt", "old/catalog.sqlite", "old/a.txt", "b.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    assert names(discover([tmp_path], lake=tmp_path / "news.lake")) == ["b.txt"]


def test_a_folder_without_permission_is_a_failure_with_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest is found all the same. Simulated, since root may read everything."""
    (tmp_path / "shut").mkdir()
    (tmp_path / "a.txt").write_text("x")
    listed = Path.iterdir

    def refuse(path: Path) -> object:
        if path.name == "shut":
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(Path, "iterdir", refuse)
    found = discover([tmp_path])
    assert names(found) == ["a.txt"]
    assert [(Path(aside.shown).name, "chmod" in aside.reason) for aside in found.failed] == [("shut", True)]


def test_a_tree_deeper_than_the_stack_is_walked(tmp_path: Path) -> None:
    """Depth is bounded by the file system, not by recursion."""
    deep = tmp_path
    for _ in range(1200):
        deep /= "d"
        deep.mkdir()
    (deep / "a.txt").write_text("x")
    try:
        assert names(discover([tmp_path])) == ["a.txt"]
    finally:  # pytest's own removal of old folders is recursive
        (deep / "a.txt").unlink()
        while deep != tmp_path:
            deep.rmdir()
            deep = deep.parent


def test_a_path_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    """It may be that another of the paths can be read."""
    assert [aside.shown for aside in discover([tmp_path / "gone.txt"]).failed] == [show_path(tmp_path / "gone.txt")]
