"""Where a data file is damaged: its pages read one by one and compared with their checksums, in a process of its own.

A bit that has turned in a footer can kill the reader of Parquet, or have it ask for memory or time without end: that costs the process, and is
an answer like any other.
"""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

SECONDS = 60
"""Of a processor, for one file."""
MEMORY = 4 << 30


def check_pages(paths: Sequence[Path]) -> Iterator[str | None]:
    """What is wrong with the pages of each file; None where every page can be read."""
    code = f"import sys; sys.path[:] = {sys.path!r}; from warehouse.pages import main; main()"
    left = [str(path) for path in paths]
    while left:
        done = subprocess.run([sys.executable, "-c", code], input=json.dumps(left), capture_output=True, text=True, check=False)  # noqa: S603 - our own module
        told = done.stdout.splitlines()
        yield from (json.loads(line) for line in told)
        left = left[len(told):]
        if left:
            yield f"reading it ends the reader with {name_end(done.returncode)}"
            left = left[1:]


def name_end(code: int) -> str:
    """How a process ended.

    >>> name_end(-11), name_end(-27), name_end(1)
    ('SIGSEGV', 'SIGPROF: it took too long', 'code 1')
    """
    if code == -signal.SIGPROF:
        return "SIGPROF: it took too long"
    return signal.Signals(-code).name if code < 0 else f"code {code}"


def main() -> None:
    """Answer for each file in a line: null, or what is wrong as a JSON string."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    most = resource.getrlimit(resource.RLIMIT_DATA)[1]
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY if most == resource.RLIM_INFINITY else min(MEMORY, most), most))
    for path in json.load(sys.stdin):
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        fault = read_pages(Path(path))
        sys.stdout.write(json.dumps(fault) + "\n")
        sys.stdout.flush()


def read_pages(path: Path) -> str | None:
    """Read every page and compare its checksum, where it has one; says which column of which row group can't be read."""
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            for group in range(file.num_row_groups):
                for number in range(file.metadata.num_columns):
                    name = file.metadata.row_group(group).column(number).path_in_schema
                    try:
                        file.read_row_group(group, columns=[name], use_threads=False)
                    except Exception as error:  # noqa: BLE001 - as below
                        return f"column {name} of row group {group + 1} can't be read: {first_line(error)}"
    except Exception as error:  # noqa: BLE001 - a footer may hold a name that is not UTF-8, a count without sense
        return f"it can't be read: {first_line(error)}"
    return None


def first_line(error: Exception) -> str:
    """The first line of what an error says, or its kind."""
    return next(iter(str(error).splitlines()), type(error).__name__)
