"""Keys of the first object of a JSON file, found without reading it whole: what tells one API's answers from another's."""

from __future__ import annotations

import re
from functools import lru_cache

_TOKEN = re.compile(rb'("(?:[^"\\]++|\\.)*+")(\s*+:)?|[{}\[\]"]', re.DOTALL)
_OPENING = re.compile(rb"\s*+\[?\s*+\{")
REACH = 1 << 15
DEPTH = 4


def read_paths(head: bytes) -> frozenset[str]:
    """Keys of a file's first object with those around them, four deep; arrays add no step. Empty where no object opens the file.

    >>> sorted(read_paths(b'[{"response": {"results": [{"webTitle": "Pier: shut"}]}, "n": 1}, {"later": 2}]'))
    ['n', 'response', 'response.results', 'response.results.webTitle']
    """
    return _read_paths(head[:REACH]) if _OPENING.match(head[:4096]) else frozenset()


@lru_cache(maxsize=4)
def _read_paths(head: bytes) -> frozenset[str]:
    paths: set[str] = set()
    stack: list[str] = []
    """Of each object and array that is open: the path of the key it stands under."""
    kinds: list[bytes] = []
    path = ""
    for token in _TOKEN.finditer(head, head.index(b"{")):
        mark = token[0]
        if token[1] is not None:
            if token[2] is not None and kinds and kinds[-1] == b"{":
                key = token[1][1:-1].decode("utf-8", "replace")
                path = f"{stack[-1]}.{key}" if stack[-1] else key
                if path.count(".") < DEPTH:
                    paths.add(path)
        elif mark in (b"{", b"["):
            # an object in an array stands under the array's key
            stack.append(stack[-1] if kinds and kinds[-1] == b"[" else path)
            kinds.append(mark)
        elif mark == b'"':
            break
        else:
            stack.pop()
            kinds.pop()
            if not kinds:
                break
    return frozenset(paths)
