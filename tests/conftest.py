"""What programs under test keep for their user lies in the session's own folder: the gazetteer's index and Prefect's settings."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def user_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One gazetteer index for all processes of the session, and a Prefect home for each."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COPYDESK_CACHE", str(shared / "cache"))
        patch.setenv("PREFECT_HOME", str(own / "prefect"))
        yield
