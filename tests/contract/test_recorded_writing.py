"""The embedded archive takes what the real one took, answers so, and refuses in the same words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from replay import Replay
from scenario import TOKENS, Scenario
from test_recorded_answers import HERE

from dandi_tui.demo.background import Background
from dandi_tui.demo.server import serving
from dandi_tui.demo.store import Store

if TYPE_CHECKING:
    from pathlib import Path

WRITING = (HERE / "writing.txt").read_text().split()


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The differences from each recording, all played once in their order."""
    recordings = HERE.parents[2] / "shared" / "api"
    if not recordings.is_dir():
        pytest.skip("the folder shared/ is not beside the project")
    store, background = Store(tmp_path_factory.mktemp("writing")), Background(pace=0.05)
    with serving(store, background) as origin:
        replay = Replay(recordings, origin, dict(TOKENS))
        try:
            Scenario(store, background, replay).run()
        finally:
            replay.close()
    store.close()
    return replay.found


@pytest.mark.parametrize("name", WRITING)
def test_writing_is_answered_as_recorded(name: str, found: dict[str, list[str]]) -> None:
    assert found[name] == []


def test_nothing_is_played_that_is_not_listed(found: dict[str, list[str]], shared: Path) -> None:
    kept = {path.stem for path in (shared / "api").glob("*.json") if "request" in json.loads(path.read_text())}
    assert found.keys() <= kept
    assert found.keys() == set(WRITING)
