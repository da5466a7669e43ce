"""Values, tables, series and spikes of a file whose contents are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest

from dandi_tui.nwb.messages import ExactRows, Histogram, Picture, Rows, Spikes, Window
from dandi_tui.nwb.model import FileError
from dandi_tui.nwb.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    path = tmp_path_factory.mktemp("values") / "known.nwb"
    with h5py.File(path, "w") as file:
        file.attrs["nwb_version"] = "2.7.0"
        ramp = file.create_group("acquisition/ramp")
        data = ramp.create_dataset("data", data=np.arange(10_000, dtype="int16"), chunks=(1000,))
        data.attrs.update({"unit": "volts", "conversion": 0.5, "offset": 1.0})
        ramp.create_dataset("starting_time", data=2.0).attrs["rate"] = 1000.0
        stamped = file.create_group("acquisition/stamped")
        stamped["data"] = np.stack([np.arange(100.0), -np.arange(100.0)], axis=1)
        stamped["timestamps"] = np.concatenate([np.arange(50.0), np.arange(150.0, 200.0)])
        file["acquisition/timeless/data"] = np.arange(3)
        trials = file.create_group("intervals/trials")
        trials.attrs["colnames"] = ["start_time", "label", "tags"]
        trials["id"] = [0, 1, 2]
        trials["start_time"] = [10.0, 20.0, 30.0]
        trials["label"] = ["a", "b\x1b[2J", "c"]
        trials["tags"] = [1, 2, 3, 4]
        trials["tags_index"] = [2, 2, 4]
        units = file.create_group("units")
        units["id"] = [7, 8]
        units["spike_times"] = [9.9, 10.1, 10.1, 20.1, 25.0, 1.0]
        units["spike_times_index"] = [5, 6]
        movie = file.create_group("acquisition/movie")
        movie["data"] = np.tile(np.arange(100.0)[None, :, None], (3, 1, 60)) + np.arange(3)[:, None, None]
        file["cube"] = np.arange(24).reshape(2, 3, 4)
        file["fine"] = [0.1 + 0.2, 1e300, np.nan]
        file.create_dataset("wide", shape=(2, 3_000_000), dtype="i1")
        ragged = file.create_group("ragged")
        ragged.attrs["colnames"] = ["long"]
        ragged["id"], ragged["long_index"] = [0], [3_000_000]
        ragged.create_dataset("long", shape=(3_000_000,), dtype="i1")
        file["huge"] = h5py.Empty("f8")
        file.create_dataset("trillion", shape=(10**12,), dtype="f8", chunks=(1000,))
    with Reader(str(path)) as made:
        yield made


def test_rows_of_a_table_fold_their_index_columns(reader: Reader) -> None:
    table = reader.rows(Rows("/intervals/trials"))
    assert table.columns == ["id", "start_time", "label", "tags"]
    assert [row[3] for row in table.rows] == ["[1, 2]", "[]", "[3, 4]"]
    assert reader.rows(Rows("/intervals/trials", start=2)).rows == [["2", "30", "c", "[3, 4]"]]


def test_programs_get_numbers_as_they_are_with_all_dimensions(reader: Reader) -> None:
    assert reader.exact_rows(ExactRows("/acquisition/ramp/data", 9_998)).rows == [[9998], [9999]]
    assert reader.exact_rows(ExactRows("/acquisition/stamped/data", 1, 1)).rows == [[1.0, -1.0]]
    assert reader.exact_rows(ExactRows("/fine")).rows == [[0.1 + 0.2], [1e300], [None]]
    cube = reader.exact_rows(ExactRows("/cube", 1, 1))
    assert (cube.columns, cube.rows, cube.total) == (["0", "1", "2"], [np.arange(12, 24).reshape(3, 4).tolist()], 2)
    assert reader.exact_rows(ExactRows("/huge")).rows == []
    assert reader.exact_rows(ExactRows("/acquisition/ramp/starting_time")).rows == [[2.0]]


def test_programs_get_tables_with_whole_lists(reader: Reader) -> None:
    table = reader.exact_rows(ExactRows("/intervals/trials", 1))
    assert table.columns == ["id", "start_time", "label", "tags"]
    assert table.rows == [[1, 20.0, "b\x1b[2J", []], [2, 30.0, "c", [3, 4]]]
    assert reader.exact_rows(ExactRows("/units")).rows == [[7, [9.9, 10.1, 10.1, 20.1, 25.0]], [8, [1.0]]]


def test_programs_are_told_what_is_left_out_and_where_all_is_had(reader: Reader) -> None:
    table = reader.exact_rows(ExactRows("/ragged/long", 10, 10**7))
    assert len(table.rows) == 2_000_000
    assert "-o FILE" in table.notes[0]
    with pytest.raises(FileError, match="a row of /wide has 3,000,000 values: write rows with -o"):
        reader.exact_rows(ExactRows("/wide"))
    ragged = reader.exact_rows(ExactRows("/ragged"))
    assert ragged.rows == [[0, ""]]
    assert "a list of 3,000,000 values" in ragged.notes[0]


def test_a_row_far_down_is_read_alone(reader: Reader) -> None:
    table = reader.rows(Rows("/trillion", start=10**12 - 2, count=10))
    assert (table.total, table.rows) == (10**12, [["0"], ["0"]])


def test_dimensions_beyond_two_are_said(reader: Reader) -> None:
    table = reader.rows(Rows("/cube"))
    assert table.rows == [["0", "4", "8"], ["12", "16", "20"]]
    assert "2 × 3 × 4" in table.notes[0]


def test_a_window_has_the_values_of_its_time_in_its_unit(reader: Reader) -> None:
    trace = reader.window(Window("/acquisition/ramp", start=3.0, stop=4.0, columns=10))
    assert trace.low[0][0] == 1000 * 0.5 + 1
    assert trace.high[0][-1] == 1999 * 0.5 + 1
    assert (trace.begin, trace.end, trace.unit, trace.share) == (2.0, 12.0, "volts", 1.0)


def test_timestamps_are_looked_through_by_time(reader: Reader) -> None:
    trace = reader.window(Window("/acquisition/stamped", start=150.0, stop=160.0, columns=10, first=1))
    assert trace.low[0][0] == -50.0
    assert trace.channels == 2


def test_a_series_without_times_says_so(reader: Reader) -> None:
    with pytest.raises(FileError, match="neither timestamps nor a rate"):
        reader.window(Window("/acquisition/timeless"))


def test_spikes_around_events_are_counted(reader: Reader) -> None:
    assert reader.timed().alignments == ["/intervals/trials/start_time"]
    raster = reader.spikes(Spikes("/units", 0, "/intervals/trials/start_time", before=-0.5, after=0.5, bins=2))
    assert (raster.name, raster.units, raster.spikes, raster.events) == ("7", 2, 5, 3)
    assert [len(row) for row in raster.rows] == [3, 1, 0]
    assert raster.rates == pytest.approx([1 / 0.5 / 3, 3 / 0.5 / 3])
    assert reader.spikes(Spikes("/units", 1)).spikes == 1


def test_a_frame_is_thinned_to_the_screen_and_turned(reader: Reader) -> None:
    frame = reader.picture(Picture("/acquisition/movie", index=9, wide=50, high=20))
    assert (frame.index, frame.frames, frame.width, frame.height, frame.step) == (2, 3, 100, 60, 3)
    assert [len(row) for row in frame.rows] == [34] * 20
    assert frame.rows[0][0] == 0
    assert frame.rows[0][-1] == 255


def test_what_is_no_image_says_so(reader: Reader) -> None:
    with pytest.raises(FileError, match="no image"):
        reader.picture(Picture("/acquisition/ramp"))


def test_numbers_are_spread_over_bins(reader: Reader) -> None:
    found = reader.histogram(Histogram("/acquisition/ramp/data", bins=10))
    assert (found.low, found.high, found.mean, found.counts) == (0, 9999, 4999.5, [1000] * 10)
    with pytest.raises(FileError, match="no numbers"):
        reader.histogram(Histogram("/intervals/trials/label"))


def test_attributes_are_told(reader: Reader) -> None:
    described = reader.describe("/acquisition/ramp/data")
    assert {one.name: one.words for one in described.attributes} == {"unit": "volts", "conversion": "0.5", "offset": "1"}
    assert described.storage == 20_000
