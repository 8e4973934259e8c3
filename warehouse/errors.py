"""What the warehouse says when it can't. Each message is one sentence that a user can act on."""

from __future__ import annotations


class LakeError(Exception):
    """The lake can't be used as asked."""


class NoLake(LakeError):  # noqa: N818 - reads as what is the matter
    """The folder holds no lake."""


class LakeLocked(LakeError):  # noqa: N818 - reads as what is the matter
    """Another process is writing to the lake."""

    def __init__(self, folder: str, holder: str) -> None:
        super().__init__(f"{folder} is being written by {holder}; try again when it has ended")
        self.folder = folder
        self.holder = holder


class NotFound(LakeError):  # noqa: N818 - reads as what is the matter
    """No article, or more than one, answers to an id."""


class NoSnapshot(LakeError):  # noqa: N818 - reads as what is the matter
    """The lake's history holds nothing at the moment or run that was named."""


class SqlRefused(Exception):  # noqa: N818 - a verdict on the statement, not an error of the program
    """A statement that is not a single SELECT, or that DuckDB could not answer."""
