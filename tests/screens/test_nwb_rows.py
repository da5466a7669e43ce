"""The rows of a file's tree: columns stand below each other, long names take the room that is there, empty groups say so."""

from __future__ import annotations

from dandi_tui.nwb.model import FileFacts, Listed
from dandi_tui.screens.nwb_facts import held
from dandi_tui.screens.nwb_rows import NwbRows
from dandi_tui.text import width
from dandi_tui.widgets.line import plain
from dandi_tui.widgets.look import UNICODE


def _rows(*members: Listed) -> NwbRows:
    rows = NwbRows(lambda: UNICODE)
    rows.take("/", members)
    return rows


def test_a_long_name_without_a_type_takes_the_room_of_the_type() -> None:
    name = "timestamps_reference_time_of_all"
    rows = _rows(
        Listed(path=f"/{name}", kind="dataset", shape=[7], dtype="int8"),
        Listed(path="/units", kind="dataset", neurodata_type="Units", shape=[8], dtype="int8"),
    )
    lines = [plain(rows.line(row, 80, cursor=False)) for row in range(2)]
    assert name in lines[0]
    assert lines[0].index("7 int8") == lines[1].index("8 int8")
    assert width(lines[0]) == width(lines[1]) <= 80


def test_a_group_in_which_nothing_was_found_is_said_to_be_empty() -> None:
    rows = _rows(Listed(path="/acquisition", kind="group"))
    assert "empty" not in plain(rows.line(0, 80, cursor=False))
    rows.take("/acquisition", [])
    assert "empty" in plain(rows.line(0, 80, cursor=False))


def test_counts_that_tell_files_apart_come_first_and_none_is_cut() -> None:
    counts = {"devices": 1, "electrodes": 16, "acquisition": 1, "processing": 2, "units": 24, "trials": 1}
    facts = FileFacts(format="hdf5", nwb_version="2", size=1, session={"counts": counts})
    assert held(facts, "·", 200) == "24 units · 1 trial · 16 electrodes · 1 acquisition · 2 processing · 1 device"
    assert held(facts, "·", 34) == "24 units · 1 trial · 16 electrodes"
    assert held(facts, "·", 33) == "24 units · 1 trial · 2 processing"
