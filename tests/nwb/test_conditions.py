"""Events by condition: which columns are offered, and what each group holds, for units and for series."""

from __future__ import annotations

from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest

from dandi_tui.nwb.messages import Conditions, Segments, Spikes
from dandi_tui.nwb.model import FileError
from dandi_tui.nwb.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

TRIALS = "/intervals/trials"


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """Forty trials, a second each: those that are a hit have a spike after 0.5 s and a signal of 1, others have none."""
    path = tmp_path_factory.mktemp("conditions") / "known.nwb"
    count = 40
    with h5py.File(path, "w") as file:
        file.attrs["nwb_version"] = "2.7.0"
        trials = file.create_group("intervals/trials")
        trials.attrs["neurodata_type"] = "TimeIntervals"
        hit = np.arange(count) % 4 == 0
        trials["id"] = np.arange(count)
        trials["start_time"] = np.where(np.arange(count) == 3, np.nan, np.arange(count, dtype=float))
        trials["stop_time"] = np.arange(count) + 0.9
        trials["cue_time"] = np.full(count, 0.2)
        trials["outcome"] = ["hit" if one else "miss" for one in hit]
        trials["contrast"] = np.array([0.5, 0.0, 10.0, 1.0, 0.5, -0.0, 10.0, 1.0] * 5)
        trials["rewarded"] = hit
        trials["all_different"] = np.arange(count) * 1.5
        trials["the_same"] = np.ones(count)
        trials["blocks"] = np.arange(count) // 4
        trials["ragged"], trials["ragged_index"] = np.arange(2 * count), np.arange(count) * 2 + 2
        trials["corners"] = np.zeros((count, 2))
        units = file.create_group("units")
        units["id"], units["spike_times"], units["spike_times_index"] = [0], np.flatnonzero(hit) + 0.5, [hit.sum()]
        series = file.create_group("acquisition/signal")
        series.create_dataset("data", data=np.repeat(hit.astype(float), 100)).attrs["unit"] = "volts"
        series.create_dataset("starting_time", data=0.0).attrs["rate"] = 100.0
        marks = file.create_group("stimulus/marks")
        marks["data"], marks["timestamps"] = ["go", "stop"] * 5, np.arange(10.0)
    with Reader(str(path)) as made:
        yield made


def test_columns_that_part_the_rows_are_offered(reader: Reader) -> None:
    found = {one.path.removeprefix(TRIALS + "/"): one for one in reader.conditions(Conditions(f"{TRIALS}/start_time"))}
    assert set(found) == {"outcome", "contrast", "rewarded", "blocks"}
    assert found["outcome"].values == ["hit", "miss"]
    assert found["contrast"].values == ["0", "0.5", "1", "10"]
    assert (found["blocks"].groups, len(found["blocks"].values)) == (10, 7)
    assert [one.path for one in reader.conditions(Conditions("/stimulus/marks/timestamps"))] == ["/stimulus/marks/data"]


def test_spikes_stand_with_their_condition(reader: Reader) -> None:
    found = reader.spikes(Spikes("/units", 0, f"{TRIALS}/start_time", f"{TRIALS}/outcome", before=0.0, after=0.9, bins=9))
    hit, miss = found.groups
    assert [(one.name, one.events) for one in found.groups] == [("hit", 10), ("miss", 29)]
    assert hit.mean == pytest.approx([0] * 5 + [10] + [0] * 3)
    assert sum(miss.mean) == 0
    assert [len(row) for row in found.rows] == [1] * 10 + [0] * 29
    assert found.rates[5] == pytest.approx(10 * 10 / 39)
    assert not reader.spikes(Spikes("/units", 0, f"{TRIALS}/start_time", before=0.0, after=0.9, bins=9)).groups


def test_many_values_are_the_commonest_and_others(reader: Reader) -> None:
    found = reader.spikes(Spikes("/units", 0, f"{TRIALS}/start_time", f"{TRIALS}/blocks", bins=9))
    assert len(found.groups) == 8
    assert found.groups[-1].name == "others"
    assert sum(one.events for one in found.groups) == found.events == 39


def test_a_series_is_averaged_by_condition(reader: Reader) -> None:
    found = reader.segments(Segments("/acquisition/signal", f"{TRIALS}/start_time", f"{TRIALS}/rewarded", before=0.0, after=0.9, columns=9))
    assert [(one.name, one.events, one.shown) for one in found.groups] == [("False", 29, 29), ("True", 10, 10)]
    assert found.groups[0].mean == pytest.approx([0.0] * 9)
    assert found.groups[1].mean == pytest.approx([1.0] * 9)
    assert found.groups[1].error == pytest.approx([0.0] * 9)
    assert found.rows[28:30] == [[0.0] * 9, [1.0] * 9]


def test_times_that_are_counted_from_their_own_row_are_said(reader: Reader) -> None:
    found = reader.spikes(Spikes("/units", 0, f"{TRIALS}/cue_time"))
    assert "counted from there" in found.note
    assert not reader.spikes(Spikes("/units", 0, f"{TRIALS}/stop_time")).note


def test_a_column_of_another_table_is_refused_in_words(reader: Reader) -> None:
    with pytest.raises(FileError, match="no value for each of the times"):
        reader.spikes(Spikes("/units", 0, f"{TRIALS}/start_time", "/stimulus/marks/data"))
    with pytest.raises(FileError, match="no value for each of the times"):
        reader.spikes(Spikes("/units", 0, f"{TRIALS}/start_time", f"{TRIALS}/ragged"))
