"""Every view of the inside of a file as a picture of text; `DANDI_TUI_UPDATE_PICTURES=1` takes them anew."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from recordings import write_apart
from settling import at_rest
from test_pictures import PICTURES, _picture
from textual import events

from dandi_tui.api.instances import find_instance
from dandi_tui.api.targets import Target
from dandi_tui.app import DandiTuiApp
from dandi_tui.config import Settings
from dandi_tui.demo.sample_data.metadata import Recording
from dandi_tui.screens.inspector import InspectorPane

if TYPE_CHECKING:
    from pathlib import Path

SIZE = (80, 24)
START = datetime(2023, 7, 21, 9, 30, tzinfo=UTC)

# A picture's name: what is looked for in the file (empty: nothing), the keys from there, the words that are there when it is.
VIEWS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "tree": ("", ("end",), ("units",)),
    "find": ("", ("slash", *"spatial"), ("Find among",)),
    "ways": ("acquisition/ElectricalSeries  El", ("w",), ("around events", "histogram")),
    "about": ("BehavioralEvents/licks  Ti", ("a",), ("Licks at the spout", "timestamps of its own")),
    "file-page": ("", ("i",), ("session description", "Example Lab")),
    "around-events": ("behavior/speed  Ti", ("enter", "A", *"start_time", "enter"), ("event 1", "m/s")),
    "path": ("Position/position  Sp", ("enter",), ("y upwards",)),
    "all-units": ("", ("end", "p", "u"), ("units 1–24 of 24",)),
    "aligned-unit": ("", ("end", "p", "A", *"cue", "enter"), ("aligned to intervals/trials/cue_time", "event 19")),
    "unit-by-condition": ("", ("end", "p", "A", *"cue", "enter", "c", *"outcome", "enter"), ("cue_time by outcome", "hit", "miss")),
    "conditions": ("", ("end", "p", "A", *"cue", "enter", "c"), ("Group the events by", "outcome")),
    "series-by-condition": ("behavior/speed  Ti", ("enter", "A", *"start_time", "enter", "c", *"outcome", "enter"), ("start_time by outcome", "miss", "m/s")),
    "timeline": ("", ("T",), ("objects in time", "acquisition/TwoPhotonSeries")),
    "together": ("", (*("down",) * 5, "space", "space", "p"), ("one time axis", "response_03", "response_02")),
    "movie": ("TwoPhotonSeries  Tw", ("enter", "right"), ("frame 1 of",)),
    "masks": ("PlaneSegmentation  Pl", ("enter",), ("all 20 regions",)),
    "images": ("template/scenes  Im", ("enter",), ("scene_00",)),
    "sweeps": ("acquisition/response_05  Cu", ("w", *"sweeps", "enter"), ("response above", "mV")),
    "sweeps-overlaid": ("acquisition/response_05  Cu", ("w", *"sweeps", "enter", "O"), ("all 8 sweeps", "mV")),
    "trials": ("intervals/trials  Ti", ("enter",), ("TimeIntervals", "cue_time")),
    "trials-filtered": ("intervals/trials  Ti", ("enter", "slash", *"hit", "enter"), ("with",)),
    "a-row": ("units  Un", ("t", "enter"), ("electrodes 0", "location VISp")),
    "frames-as-values": ("TwoPhotonSeries/data", ("enter",), ("[:, :, 0]",)),
    "histogram": ("acquisition/ElectricalSeries  El", ("w", *"histogram", "enter"), ("tallest bin",)),
    "export": ("intervals/trials  Ti", ("t", "e"), ("Write to a file", "NPY")),
}


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of all that the sample data can hold."""
    path = tmp_path_factory.mktemp("recording") / "everything.nwb"
    made = Recording(subject="M1", species="mouse", session="20230721", start=START, modalities=("ecephys", "behavior", "ophys", "icephys", "image"))
    write_apart(made, path, 7)
    return path


@pytest.mark.parametrize("name", VIEWS)
async def test_the_view_looks_as_it_should(name: str, recording: Path) -> None:
    sought, keys, words = VIEWS[name]
    target = Target("local", None, None, None, None, str(recording))
    app = DandiTuiApp(find_instance("dandi"), None, Settings(ascii="no", reopen=False), target)
    async with app.run_test(size=SIZE) as pilot:

        async def until(*wanted: str) -> str:
            return await at_rest(pilot, lambda: _picture(app, SIZE), wanted)

        await until("NWB 2", "× 16 int16")
        if sought:
            await pilot.press("slash")
            await until("Find among")
            await pilot.press(*sought)
            await until(sought.partition(" ")[0])
            await pilot.press("enter")
            for _ in range(200):
                if isinstance(app.pane, InspectorPane) and (one := app.pane.chosen()) and sought.partition(" ")[0] in one.path:
                    break
                await pilot.pause(0.06)
        for key in keys:
            await pilot.press(key)
            await until()
        shown = await until(*words)
        # What comes a moment after the cursor rests.
        await pilot.pause(0.3)
        shown = await until(*words)
    path = PICTURES / "inspector" / f"{name}.txt"
    if os.environ.get("DANDI_TUI_UPDATE_PICTURES"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(shown)
    assert shown == path.read_text()


async def test_letters_typed_before_the_choices_are_read_are_for_the_choices(recording: Path) -> None:
    app = DandiTuiApp(find_instance("dandi"), None, Settings(ascii="no", reopen=False), Target("local", None, None, None, None, str(recording)))
    async with app.run_test(size=SIZE) as pilot:

        async def until(*wanted: str) -> str:
            return await at_rest(pilot, lambda: _picture(app, SIZE), wanted)

        await until("NWB 2", "× 16 int16")
        await pilot.press("end", "p")
        await until("over the session")
        for key in ("A", *"cue", "enter"):
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        assert "no events to group" not in await until("aligned to intervals/trials/cue_time")
