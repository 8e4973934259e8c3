"""Settings and profiles: who wins, and what is said of a mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.problems import Problem
from flows.settings import build_config, read_houses, read_profile


def test_the_command_line_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the environment over the default."""
    monkeypatch.setenv("COPYDESK_LAKE", "env.lake")
    monkeypatch.setenv("COPYDESK_WORKERS", "3")
    config = build_config(paths=["inbox"], lake="own.lake", workers=None)
    assert (config.lake, config.workers, config.quarantine_threshold) == ("own.lake", 3, 0.1)


def test_a_profile_for_each_source(tmp_path: Path) -> None:
    """The file's name is the source; sources without a file have the general rules."""
    (tmp_path / "courier.toml").write_text('timezone = "Europe/Oslo"\ntitlecase_datelines = true\ncolumns = { rubrik = "headline" }\n', "utf-8")
    houses = read_houses(build_config(paths=["inbox"], profiles=str(tmp_path)))
    assert houses["courier"].timezone == "Europe/Oslo"
    assert houses["courier"].columns == (("rubrik", "headline"),)
    assert houses["herald"].timezone is None
    assert houses[None].source is None


def test_the_time_zone_given_wins_over_the_profile(tmp_path: Path) -> None:
    """For the source that was named."""
    (tmp_path / "courier.toml").write_text('timezone = "Europe/Oslo"\n', "utf-8")
    houses = read_houses(build_config(paths=["inbox"], profiles=str(tmp_path), source="courier", timezone="Asia/Tokyo"))
    assert houses["courier"].timezone == "Asia/Tokyo"


@pytest.mark.parametrize(("text", "hint"), [
    ("timezone = Oslo", "not TOML"), ('timezone = "Oslo"', "IANA"), ('home_country = "Norway"', "home_country"), ("colour = 1", "colour"),
])
def test_a_mistake_in_a_profile_is_named(tmp_path: Path, text: str, hint: str) -> None:
    """With the file and the key."""
    path = tmp_path / "courier.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(Problem, match=hint) as problem:
        read_profile(path)
    assert "courier.toml" in problem.value.message
