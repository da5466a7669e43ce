"""The inspector as a person uses it: folders, links and references followed, prices, stopped reads, two files compared, files written."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest
from test_pictures import _picture

from dandi_tui.api.instances import find_instance
from dandi_tui.api.targets import Target
from dandi_tui.app import DandiTuiApp
from dandi_tui.config import Settings
from dandi_tui.nwb.costs import PriceError
from dandi_tui.nwb.model import Price
from dandi_tui.nwb.reader import Reader
from dandi_tui.screens.compare import fitted_pair
from dandi_tui.screens.inspector import InspectorPane

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from textual.pilot import Pilot

SIZE = (80, 24)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two files, a folder, and something that is no NWB."""
    root = tmp_path / "data"
    (root / "more").mkdir(parents=True)
    (root / "notes.txt").write_text("nothing")
    for name, extra in (("one.nwb", 0), ("two.nwb", 3)):
        with h5py.File(root / name, "w") as file:
            file.attrs["nwb_version"] = "2.7.0"
            file["identifier"] = name
            series = file.create_group("acquisition/series")
            series.attrs["neurodata_type"] = "TimeSeries"
            series["data"] = np.arange(1000.0 + extra)
            series.create_dataset("starting_time", data=0.0).attrs["rate"] = 100.0
            file["acquisition/link"] = h5py.SoftLink("/acquisition/series")
            table = file.create_group("general/electrodes")
            table["id"], table["location"] = [0, 1, 2], ["CA1", "CA3", "VISp"]
            units = file.create_group("units")
            units["id"] = [0, 1]
            units["electrode"] = [2, 0]
            units["electrode"].attrs["table"] = table.ref
            units["group"] = np.array([series.ref, series.ref], dtype=h5py.ref_dtype)
    return root


@asynccontextmanager
async def _opened(path: Path) -> AsyncIterator[tuple[DandiTuiApp, Pilot[int], Callable[..., object]]]:
    app = DandiTuiApp(find_instance("dandi"), None, Settings(ascii="no", reopen=False), Target("local", None, None, None, None, str(path)))
    async with app.run_test(size=SIZE) as pilot:

        async def until(*wanted: str) -> str:
            now = ""
            for _ in range(300):
                await pilot.pause(0.06)
                now = _picture(app, SIZE)
                if all(one in now for one in wanted):
                    return now
            raise AssertionError(now)

        yield app, pilot, until


async def test_a_folder_is_a_tree_of_files_that_open(folder: Path) -> None:
    async with _opened(folder) as (_, pilot, until):
        shown = await until("one.nwb", "two.nwb", "notes.txt")
        assert shown.index("more") < shown.index("notes.txt")
        await pilot.press("down", "enter")
        await until("no file that can be looked into")
        await pilot.press("down", "enter")
        await until("NWB 2.7.0", "series")
        await pilot.press("escape")
        await until("files of this machine")


async def test_a_link_leads_to_its_object_and_a_reference_too(folder: Path) -> None:
    async with _opened(folder / "one.nwb") as (app, pilot, until):
        await until("→ /acquisition/series", "1,000 float64")
        await pilot.press("down", "enter")
        assert isinstance(app.pane, InspectorPane)
        for _ in range(100):
            await pilot.pause(0.06)
            if (one := app.pane.chosen()) and one.path == "/acquisition/series":
                break
        assert app.pane.chosen().path == "/acquisition/series"  # type: ignore[union-attr]
        await pilot.press("end", "t")
        await until("→ /acquisition/series", "electrode")
        await pilot.press("enter")
        await until("location VISp")
        await pilot.press("escape", "f")
        await until("Go to", "row 2 of /general/electrodes")
        await pilot.press("down", "enter")
        await until("VISp", "3 rows")


async def test_reading_again_keeps_what_is_unfolded_and_the_cursor(folder: Path) -> None:
    async with _opened(folder / "one.nwb") as (_, pilot, until):
        await until("→ /acquisition/series", "units")
        await pilot.press("G", "l")
        await until("▾ units", "electrode")
        await pilot.press("j", "r")
        await until("▸     electrode", "▾ units", "→ /acquisition/series")
    async with _opened(folder) as (_, pilot, until):
        await until("one.nwb")
        await pilot.press("l", "G")
        await until("▾ more", "▸   two.nwb")
        await pilot.press("r")
        await until("▾ more", "▸   two.nwb")


async def test_files_of_a_folder_are_checked_by_the_wizard(folder: Path) -> None:
    async with _opened(folder) as (_, pilot, until):
        await until("one.nwb", "v check")
        await pilot.press("v")
        await until("Upload ›", str(folder.name), "n next step")


async def test_a_dear_read_asks_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, asked = Reader.window, []

    def window(self: Reader, request: object) -> object:
        asked.append(request.paid)  # type: ignore[attr-defined]
        if not request.paid:  # type: ignore[attr-defined]
            raise PriceError(Price(40, 120_000_000, 35.0))
        return real(self, request)  # type: ignore[arg-type]

    monkeypatch.setattr(Reader, "window", window)
    async with _opened(folder / "one.nwb") as (_, pilot, until):
        await until("1,000 float64")
        await pilot.press("down", "down", "enter")
        await until("120.0 MB in 40 requests", "35 s")
        await pilot.press("escape")
        await until("It was not read")
        assert asked == [False]
        await pilot.press("r")
        await until("120.0 MB")
        await pilot.press("y")
        await until("channel 0 of 1", "1,000 samples")
        assert asked == [False, False, True]


async def test_a_reader_that_dies_is_said_and_the_file_stays_open(folder: Path) -> None:
    async with _opened(folder / "one.nwb") as (app, pilot, until):
        await until("1,000 float64")
        assert isinstance(app.pane, InspectorPane)
        app.pane.reader._process.kill()  # type: ignore[union-attr]
        await pilot.press("down", "down", "enter")
        await until("ended the reader process")
        await pilot.press("escape", "r")
        await until("channel 0 of 1")


async def test_two_files_are_compared_on_a_screen(folder: Path) -> None:
    async with _opened(folder / "one.nwb") as (_, pilot, until):
        await until("1,000 float64")
        await pilot.press("C", *str(folder / "two.nwb"), "enter")
        await until("compared with two.nwb", "shape [1000]", "shape [1003]", "identifier")


def test_what_differs_is_seen_of_both_files() -> None:
    assert fitted_pair("short", "x" * 30, 20) == ("short", "x" * 30)
    one, two = (f"2023-08-28T17:52:25.{end}-07:00" for end in ("204129", "999999"))
    left, right = fitted_pair(one, two, 16)
    assert "204" in left
    assert "999" in right


async def test_why_there_is_nothing_is_readable_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "filters.nwb"
    with h5py.File(path, "w") as file:
        data = file.create_dataset("packed", (4096,), chunks=(4096,), dtype="i4", compression="gzip")
        data[...] = 1
    raw = path.read_bytes()
    # The filter's number in the dataset's header (1, deflate) becomes one that nothing is installed for.
    at = raw.index(b"deflate") - 8
    assert raw[at : at + 2] == b"\x01\x00"
    path.write_bytes(raw[:at] + (32008).to_bytes(2, "little") + raw[at + 2 :])
    async with _opened(path) as (_, pilot, until):
        await until("packed")
        await pilot.press("enter")
        shown = await until("is not installed", "pip install")
        assert "4096 int32" in shown.splitlines()[1]


async def test_a_table_is_written_to_a_file(folder: Path) -> None:
    async with _opened(folder / "one.nwb") as (_, pilot, until):
        await until("1,000 float64")
        await pilot.press("end", "t")
        await until("electrode")
        await pilot.press("e", "enter")
        await until("Write CSV")
        target = folder / "units.csv"
        await pilot.press("ctrl+u", *str(target), "enter")
        await until("2 rows written")
        assert target.read_text().startswith("id,electrode")


async def test_a_billion_rows_are_gone_through_at_once(tmp_path: Path) -> None:
    path = tmp_path / "long.nwb"
    with h5py.File(path, "w") as file:
        file.create_dataset("long", shape=(10**9,), chunks=(10_000,), dtype="i2")
    async with _opened(path) as (_, pilot, until):
        await until("1000000000")
        await pilot.press("enter")
        await until("1/1,000,000,000")
        await pilot.press("end")
        await until("999,999,999      0")
        await pilot.press("g", *"500000000", "enter")
        await until("500,000,000      0")
