"""Names of elements and keys that a wire format is known to have: what is none of them is kept and told."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


@cache
def load_vocabulary(name: str) -> frozenset[str]:
    """The names of one format in rules/wire_vocabulary.toml.

    >>> "body.content" in load_vocabulary("nitf"), "body.contents" in load_vocabulary("nitf")
    (True, False)
    """
    table = tomllib.loads(files("transforms.rules").joinpath("wire_vocabulary.toml").read_text("utf-8"))
    return frozenset(word for line in table[name]["names"] for word in line.split())
