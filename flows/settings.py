"""Settings: from the environment (`COPYDESK_...`), from the command line, and house profiles from TOML files."""

from __future__ import annotations

import codecs
import difflib
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from flows.corrections import IN_PROFILES, read_corrections
from flows.problems import Problem
from transforms.corrections import Entries
from transforms.model import HOUSELESS, Profile

if TYPE_CHECKING:
    from expectations.cross import Threshold, Thresholds

MEGABYTE = 1 << 20


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name!r} is no time zone of the IANA list; write one such as Europe/Berlin")
    return name


def _known_codec(name: str) -> str:
    try:
        if not codecs.lookup(name)._is_text_encoding:
            raise LookupError(name)
    except (LookupError, ValueError):
        raise ValueError(f"{name!r} is no encoding that Python knows; write one such as utf-8 or cp1252") from None
    return name


class IngestConfig(BaseModel):
    """What one ingest run is told: the parameters of the flow."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    paths: list[str] = Field(min_length=1, description="Files and folders to read. Folders are walked.")
    lake: str = Field("news.lake", min_length=1, description="Folder of the lake.")
    format: str | None = Field(None, description="Reader to use instead of the one that the content asks for.")
    source: str | None = Field(None, min_length=1, description="Who supplied the records, where they don't say so themselves.")
    delimiter: str | None = Field(None, min_length=1, description="Line between articles, or the character between cells.")
    encoding: Annotated[str, AfterValidator(_known_codec)] | None = Field(None, description="Encoding of the files.")
    timezone: Annotated[str, AfterValidator(_known_zone)] | None = Field(None, description="Zone of times printed without one.")
    profile: str | None = Field(None, description="TOML file with the switches of the house.")
    profiles: str | None = Field(None, description="Folder of such files, one a source: <source>.toml.")
    corrections: str | None = Field(None, description="TOML file with values put right by hand.")
    workers: int = Field(1, ge=1, le=256, description="Processes that parse.")
    batch_bytes: int = Field(24 * MEGABYTE, ge=1, le=1 << 30, description="Bytes of input a batch.")
    max_ratio: int = Field(200, ge=1, description="Times its own size that a compressed file may hold, beyond the first 256 MB.")
    max_unpacked_bytes: int = Field(1 << 40, ge=1, description="Bytes that one container may hold, with all that is packed in it.")
    max_members: int = Field(1_000_000, ge=1, description="Members that one container may hold, with all that is packed in it.")
    max_depth: int = Field(4, ge=1, le=100, description="Containers within containers that are opened.")
    reader_seconds: float = Field(5.0, gt=0, description="Computing time that a parser in a process of its own may take for one record.")
    reader_memory: int = Field(2 << 30, ge=1 << 27, description="Bytes of memory that such a process may take.")
    quarantine_threshold: float = Field(0.1, ge=0, le=1, description="Share of records set aside above which a run ends with exit code 1.")
    fail_on: Literal["warning", "critical", "never"] = Field("critical", description="Failed checks of which severity end a run with exit code 1.")
    hold: bool = Field(False, description="Land no article of a run in which a critical check fails, until it is released.")
    expectations: str | None = Field(None, description="Folder of suites of one's own.")


class Settings(BaseSettings):
    """Defaults from the environment: COPYDESK_LAKE, COPYDESK_PROFILES, COPYDESK_WORKERS ..."""

    model_config = SettingsConfigDict(env_prefix="COPYDESK_", extra="ignore")

    lake: str = "news.lake"
    profiles: str | None = None
    corrections: str | None = None
    timezone: str | None = None
    workers: int = 1
    batch_bytes: int = 24 * MEGABYTE
    max_ratio: int = 200
    max_unpacked_bytes: int = 1 << 40
    max_members: int = 1_000_000
    max_depth: int = 4
    reader_seconds: float = 5.0
    reader_memory: int = 2 << 30
    quarantine_threshold: float = 0.1
    fail_on: str = "critical"
    hold: bool = False
    expectations: str | None = None


def read_settings() -> Settings:
    """The settings of the environment, or a Problem that names the variable."""
    try:
        return Settings()
    except ValidationError as error:
        raise Problem(_explain(error, prefix="COPYDESK_")) from None


def build_config(**given: Any) -> IngestConfig:
    """The parameters of a run: what was given, else what the environment says, else the default."""
    settings = read_settings().model_dump(exclude_none=True)
    try:
        return IngestConfig(**{**settings, **{key: value for key, value in given.items() if value is not None}})
    except ValidationError as error:
        raise Problem(_explain(error, prefix="--")) from None


def _explain(error: ValidationError, *, prefix: str) -> str:
    """One line a setting: its name as the user writes it, what is wrong, and what was given."""
    lines = []
    for fault in error.errors(include_url=False):
        name = "_".join(str(part) for part in fault["loc"])
        name = {"--": f"--{name.replace('_', '-')}", "": name}.get(prefix, f"{prefix}{name.upper()}")
        lines.append(f"{name}: {fault['msg'].removeprefix('Value error, ')} (given: {str(fault['input'])[:80]})")
    return "\n".join(lines)


class CheckSetting(BaseModel):
    """What a house says of one check: `[checks.headline_is_present]`."""

    model_config = ConfigDict(extra="forbid")

    severity: Literal["info", "warning", "critical"] | None = None
    least: float | None = None
    most: float | None = None
    mostly: float | None = Field(None, gt=0, le=1)
    why: str | None = None


class HouseFile(BaseModel):
    """A profile file: the switches of one house."""

    model_config = ConfigDict(extra="forbid")

    source: str | None = None
    language: str | None = Field(None, pattern=r"^[a-z]{2}$")
    timezone: Annotated[str, AfterValidator(_known_zone)] | None = None
    home_country: str | None = Field(None, pattern=r"^[A-Z]{2}$")
    titlecase_datelines: bool = False
    hyphen_datelines: bool = False
    format: str | None = None
    delimiter: str | None = Field(None, min_length=1)
    encoding: Annotated[str, AfterValidator(_known_codec)] | None = None
    extra: list[str] = []
    columns: dict[str, str] = {}
    checks: dict[str, CheckSetting] = {}


def read_profile(path: Path) -> Profile:
    """The profile in a TOML file."""
    return make_profile(read_house(path))


def make_profile(house: HouseFile) -> Profile:
    """What the readers of print are told of a house."""
    return Profile(**{**house.model_dump(exclude={"checks", "extra"}), "columns": tuple(house.columns.items())})


def read_house(path: Path) -> HouseFile:
    """All that a TOML file says of a house."""
    try:
        house = HouseFile(**tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise Problem(f"{path}: the profile can't be read: {error.strerror or error}; name a TOML file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Problem(f"{path}: the profile is not TOML: {error}; correct that line") from None
    except ValidationError as error:
        raise Problem(f"{path}: " + _explain(error, prefix="")) from None
    if house.checks:
        check_names(path, house.checks)
    return house


def check_names(path: Path, named: Iterable[str]) -> None:
    """Raise a Problem for a check that there is none of, with the one that may have been meant."""
    from expectations.suites import list_adjustable

    known = list_adjustable()
    for name in named:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            meant = f"is {near[0]} meant?" if near else f"those that can be set are {', '.join(sorted(known))}"
            raise Problem(f"{path}: [checks.{name}]: there is no such check; {meant}")


class Houses:
    """The profile for each source: one for all, or one a source from a folder of `<source>.toml`; the values put right by hand; and the limits
    that houses set for checks, by source, empty for all."""

    def __init__(self, general: Profile, by_source: dict[str, Profile], corrections: Entries, thresholds: Thresholds | None = None) -> None:
        self.general = general
        self.by_source = by_source
        self.corrections = corrections
        self.thresholds: Thresholds = thresholds or {}

    def limit_quarantine(self, share: float) -> Thresholds:
        """The limits for checks, with the run's own limit of what may be set aside where no house sets one."""
        from expectations.cross import Threshold
        from expectations.run import SET_ASIDE

        return {**self.thresholds, "": {SET_ASIDE.name: Threshold(most=share), **self.thresholds.get("", {})}}

    def __getitem__(self, source: str | None) -> Profile:
        """The source's own profile, else the general one."""
        return self.by_source.get(source or "", self.general)


def read_houses(config: IngestConfig) -> Houses:
    """The profiles that a run was told to use. `--source` and `--timezone` win over what the general profile says."""
    thresholds: dict[str, dict[str, Threshold]] = {}
    general = HOUSELESS
    if config.profile:
        house = read_house(Path(config.profile))
        general = make_profile(house)
        keep_thresholds(thresholds, "", house)
    by_source: dict[str, Profile] = {}
    if config.profiles:
        folder = Path(config.profiles)
        if not folder.is_dir():
            raise Problem(f"{folder}: no such folder of profiles; --profiles (or COPYDESK_PROFILES) names a folder of <source>.toml files")
        for path in sorted(folder.glob("*.toml")):
            if path.name == IN_PROFILES:
                continue
            house = read_house(path)
            source = house.source or path.stem
            by_source[source] = make_profile(house)._replace(source=source)
            keep_thresholds(thresholds, source, house)
    if config.timezone:
        general = general._replace(timezone=config.timezone)
    if config.source:
        general = general._replace(source=config.source)
        if config.source in by_source and config.timezone:
            by_source[config.source] = by_source[config.source]._replace(timezone=config.timezone)
    if general.source and not config.profile:
        general = by_source.get(general.source, general)
    return Houses(general, by_source, read_corrections(config.corrections, config.profiles), thresholds)


def keep_thresholds(thresholds: dict[str, dict[str, Threshold]], source: str, house: HouseFile) -> None:
    """Note what a house says of checks, under its source."""
    if house.checks:
        from expectations.cross import Threshold

        thresholds[source] = {name: Threshold(**said.model_dump()) for name, said in house.checks.items()}
