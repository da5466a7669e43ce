"""What each view is given: alignments wherever they stand, averages around events, paths, sweeps, one time axis, masks, exports, glances."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest

from dandi_tui.nwb.catalogue import catalogue, core_ancestry
from dandi_tui.nwb.families import BY_TYPE, FAMILIES
from dandi_tui.nwb.messages import AllSpikes, Export, Extents, Picture, Places, Rows, Segments, Together, Window
from dandi_tui.nwb.model import FileError, Listed
from dandi_tui.nwb.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def _typed(group: h5py.Group, kind: str) -> h5py.Group:
    group.attrs["neurodata_type"] = kind
    group.attrs["namespace"] = "core"
    return group


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    path = tmp_path_factory.mktemp("views") / "known.nwb"
    with h5py.File(path, "w") as file:
        file.attrs["nwb_version"] = "2.7.0"
        ramp = _typed(file.create_group("acquisition/ramp"), "TimeSeries")
        ramp.create_dataset("data", data=np.arange(10_000.0)).attrs["unit"] = "volts"
        ramp.create_dataset("starting_time", data=0.0).attrs["rate"] = 1000.0
        linked = _typed(file.create_group("acquisition/linked"), "TimeSeries")
        linked["data"] = np.arange(50.0)
        linked["timestamps"] = h5py.SoftLink("/processing/elsewhere/stamps/timestamps")
        stamps = _typed(file.create_group("processing/elsewhere/stamps"), "TimeSeries")
        stamps["data"] = np.zeros(50)
        stamps["timestamps"] = np.arange(50.0) / 10
        wrong = _typed(file.create_group("acquisition/nanoseconds"), "TimeSeries")
        wrong["data"], wrong["timestamps"] = np.zeros(5), np.arange(5.0) * 1e18
        place = _typed(file.create_group("processing/behavior/Position/place"), "SpatialSeries")
        place.create_dataset("data", data=np.stack([np.arange(100.0), np.full(100, 2.0)], axis=1)).attrs.update({"unit": "meters", "conversion": 2.0})
        place.create_dataset("starting_time", data=1.0).attrs["rate"] = 10.0
        trials = _typed(file.create_group("scratch/my_trials"), "TimeIntervals")
        trials["id"], trials["start_time"], trials["stop_time"] = [0, 1, 2], [1.0, 2.0, 3.0], [1.5, 2.5, 3.5]
        trials["reward_time"] = [1.2, np.nan, 3.2]
        events = _typed(file.create_group("processing/behavior/BehavioralEvents"), "BehavioralEvents")
        licks = _typed(events.create_group("licks"), "TimeSeries")
        licks["data"], licks["timestamps"] = np.ones(4), [0.5, 1.5, 2.5, 9.0]
        units = _typed(file.create_group("processing/sorted/units"), "Units")
        units["id"], units["spike_times"], units["spike_times_index"] = [5, 6], [1.0, 2.0, 3.0, 2.5], [3, 4]
        units["nested"], units["nested_index"], units["nested_index_index"] = np.arange(6), [1, 3, 6], [2, 3]
        regions = _typed(file.create_group("processing/ophys/seg/plane"), "PlaneSegmentation")
        regions["id"] = [0, 1]
        pixels = np.array([(1, 2, 1.0), (3, 4, 0.5), (7, 7, 1.0)], dtype=[("x", "u4"), ("y", "u4"), ("weight", "f4")])
        regions["pixel_mask"], regions["pixel_mask_index"] = pixels, [2, 3]
        for number in (2, 10):
            for side, at in (("acquisition", "response"), ("stimulus/presentation", "stimulus")):
                series = _typed(file.create_group(f"{side}/{at}_{number}"), "CurrentClampSeries")
                series.attrs["sweep_number"] = np.uint32(number)
                series["data"] = np.arange(20.0)
                series.create_dataset("starting_time", data=float(number)).attrs["rate"] = 10.0
        colour = file.create_dataset("acquisition/colour", data=np.full((4, 6, 3), (255, 0, 0), dtype="uint8"))
        colour.attrs["neurodata_type"] = "RGBImage"
        odd = _typed(file.create_group("acquisition/odd"), "ElectricalSeries")
        odd.create_group("data")
    with Reader(str(path)) as made:
        yield made


def test_columns_of_times_are_offered_wherever_they_stand(reader: Reader) -> None:
    found = reader.timed()
    assert "/scratch/my_trials/reward_time" in found.alignments
    assert "/processing/behavior/BehavioralEvents/licks/timestamps" in found.alignments
    assert "/processing/elsewhere/stamps/timestamps" not in found.alignments
    assert found.units == ["/processing/sorted/units"]
    assert found.intervals == ["/scratch/my_trials"]
    assert {"/acquisition/ramp", "/acquisition/linked"} <= set(found.series)


def test_trials_come_first_among_alignments() -> None:
    def table(path: str) -> list[Listed]:
        names = (("id", "int64"), ("start_time", "float64"))
        return [Listed(path=path, kind="group"), *(Listed(path=f"{path}/{name}", kind="dataset", shape=[3], dtype=dtype) for name, dtype in names)]

    found = catalogue([*table("/a/epochs"), *table("/intervals/blocks"), *table("/intervals/trials")], core_ancestry)
    assert found.alignments[0] == "/intervals/trials/start_time"


def test_a_series_is_averaged_around_events(reader: Reader) -> None:
    found = reader.segments(Segments("/acquisition/ramp", "/scratch/my_trials/start_time", before=0.0, after=0.1, columns=10))
    assert (found.events, found.shown, found.unit) == (3, 3, "volts")
    assert found.rows[1][0] == pytest.approx(2000 + 4.5)
    assert found.mean[0] == pytest.approx(2000 + 4.5)
    assert reader.segments(Segments("/acquisition/ramp", "/scratch/my_trials/reward_time", before=0.0, after=0.1, columns=10)).events == 2
    with pytest.raises(FileError, match="no column of times"):
        reader.segments(Segments("/acquisition/ramp", "/acquisition/colour"))


def test_intervals_without_known_stops_stand_on_the_axis(tmp_path: Path) -> None:
    path = tmp_path / "open.nwb"
    with h5py.File(path, "w") as file:
        trials = _typed(file.create_group("intervals/trials"), "TimeIntervals")
        trials["id"], trials["start_time"], trials["stop_time"] = np.arange(3), [1.0, 2.0, 9.0], np.full(3, np.nan)
    with Reader(str(path)) as reader:
        found = reader.together(Together(["/intervals/trials"]))
    assert (found.begin, found.end) == (1.0, 9.0)
    assert found.lanes[0].spans == [(1.0, 1.0), (2.0, 2.0), (9.0, 9.0)]


def test_frames_of_three_dimensions_have_no_colours_and_say_where_a_trace_is(tmp_path: Path) -> None:
    path = tmp_path / "frames.nwb"
    with h5py.File(path, "w") as file:
        narrow = _typed(file.create_group("acquisition/narrow"), "TwoPhotonSeries")
        narrow["data"], narrow["timestamps"] = np.zeros((2, 5, 4)), [3.0, 3.0]
        image = file.create_dataset("acquisition/image", data=np.zeros((5, 6, 4)))
        image.attrs["neurodata_type"] = "RGBAImage"
    with Reader(str(path)) as reader:
        found = reader.picture(Picture("/acquisition/narrow"))
        assert (found.frames, found.width, found.height, found.coloured) == (2, 5, 4, False)
        assert reader.picture(Picture("/acquisition/image")).coloured
        trace = reader.window(Window("/acquisition/narrow"))
        assert trace.place == "[:, :, 0] of 2 × 5 × 4"
        assert trace.note == "its first and last time are the same: 3 s"


def test_timestamps_that_are_a_link_are_followed(reader: Reader) -> None:
    trace = reader.window(Window("/acquisition/linked", start=0.0, stop=4.9, columns=50))
    assert (trace.samples, trace.end) == (50, 4.9)


def test_a_gap_in_time_is_a_gap_on_the_axis(tmp_path: Path) -> None:
    path = tmp_path / "gap.nwb"
    with h5py.File(path, "w") as file:
        series = file.create_group("series")
        series["data"], series["timestamps"] = np.ones(200), np.concatenate([np.arange(100) / 10, 100 + np.arange(100) / 10])
    with Reader(str(path)) as reader:
        trace = reader.window(Window("/series", start=0.0, stop=110.0, columns=110))
    assert np.isnan(trace.low[0][20:90]).all()
    assert np.isfinite(trace.low[0][:9]).all()


def test_times_in_another_unit_are_said_and_do_not_stretch_the_axis(reader: Reader) -> None:
    assert "another unit" in reader.window(Window("/acquisition/nanoseconds", start=0.0, stop=1.0)).note
    shared = reader.extents(Extents(["/acquisition/ramp", "/acquisition/nanoseconds", "/acquisition/odd"]))
    assert shared.end == 10.0
    assert "another unit" in shared.lanes[1].note
    assert shared.lanes[2].kind == "none"
    assert shared.lanes[2].note


def test_objects_of_several_kinds_share_one_axis(reader: Reader) -> None:
    paths = ["/acquisition/ramp", "/scratch/my_trials", "/processing/sorted/units", "/processing/behavior/BehavioralEvents/licks"]
    found = reader.together(Together(paths, 1.0, 3.0, 20))
    assert [lane.kind for lane in found.lanes] == ["trace", "spans", "ticks", "trace"]
    assert found.lanes[0].low[0] == 1000.0
    assert found.lanes[1].spans == [(1.0, 1.5), (2.0, 2.5), (3.0, 3.5)]
    assert sum(found.lanes[2].counts) == 4


def test_a_path_has_its_unit(reader: Reader) -> None:
    found = reader.places(Places("/processing/behavior/Position/place", 1.0, 2.0))
    assert found.x[:3] == [0.0, 2.0, 4.0]
    assert set(found.y) == {4.0}
    assert (found.begin, found.end, found.unit) == (1.0, 11.0, "meters")
    with pytest.raises(FileError, match="two coordinates"):
        reader.places(Places("/acquisition/ramp"))


def test_sweeps_pair_responses_with_stimuli_in_the_order_of_their_numbers(reader: Reader) -> None:
    found = reader.sweeps()
    assert [one.name for one in found] == ["2", "10"]
    assert (found[0].responses, found[0].stimuli) == (["/acquisition/response_2"], ["/stimulus/presentation/stimulus_2"])


def test_all_units_are_rows_of_one_raster(reader: Reader) -> None:
    found = reader.all_spikes(AllSpikes("/processing/sorted/units", start=0.0, stop=4.0, bins=4))
    assert (found.names, found.total, found.rows) == (["5", "6"], [3, 1], [[1.0, 2.0, 3.0], [2.5]])
    assert found.rates == [0.0, 0.5, 1.0, 0.5]


def test_a_column_that_is_ragged_twice_is_folded_twice(reader: Reader) -> None:
    table = reader.rows(Rows("/processing/sorted/units"))
    assert [row[table.columns.index("nested")] for row in table.rows] == ["[[0], [1, 2]]", "[[3, 4, 5]]"]


def test_masks_of_pixels_are_drawn_one_by_one_and_together(reader: Reader) -> None:
    one = reader.picture(Picture("/processing/ophys/seg/plane", 1, 8, 8))
    assert (one.frames, one.label, one.rows[7][7]) == (2, "region 1", 255)
    both = reader.picture(Picture("/processing/ophys/seg/plane", 0, 8, 8, together=True))
    assert both.label == "all 2 regions"
    assert both.rows[2][1] > both.rows[4][3] > 0


def test_colours_stay_colours(reader: Reader) -> None:
    frame = reader.picture(Picture("/acquisition/colour", 0, 6, 4))
    assert frame.coloured
    assert frame.rows[0][:3] == b"\xff\0\0"


def test_an_odd_object_says_why_among_the_others(reader: Reader) -> None:
    paths = ["/acquisition/ramp", "/acquisition/odd", "/processing/sorted/units", "/scratch/my_trials", "/processing/behavior/Position/place"]
    found = reader.glances(paths)
    assert found["/acquisition/ramp"].words == "10,000 float64 · 1 kHz · 10.0 s"
    assert "group" in found["/acquisition/odd"].reason
    assert found["/processing/sorted/units"].views[0] == "units"
    assert found["/processing/sorted/units"].words == "2 units, 4 spikes"
    assert found["/scratch/my_trials"].words.endswith("1.000 – 3.500 s")
    assert found["/processing/behavior/Position/place"].views[0] == "path"


def test_an_extension_is_looked_at_as_what_it_inherits_from(tmp_path: Path) -> None:
    import json

    path = tmp_path / "extension.nwb"
    with h5py.File(path, "w") as file:
        types = [{"neurodata_type_def": "Whisker", "neurodata_type_inc": "SpatialSeries", "doc": "A whisker."}]
        file["specifications/ndx-whisker/0.1.0/ndx-whisker"] = json.dumps({"groups": types})
        series = _typed(file.create_group("acquisition/whisker"), "Whisker")
        series["data"] = np.zeros((10, 2))
        series.create_dataset("starting_time", data=0.0).attrs["rate"] = 10.0
        _typed(file.create_group("acquisition/unheard"), "Unheard")["data"] = np.zeros(4)
        file["acquisition/unheard/timestamps"] = np.arange(4.0)
    with Reader(str(path)) as reader:
        found = reader.glances(["/acquisition/whisker", "/acquisition/unheard"])
    assert found["/acquisition/whisker"].family == "spatial series"
    assert found["/acquisition/unheard"].views[0] == "trace"


def test_no_type_belongs_to_two_families() -> None:
    assert sum(len(family.types) for family in FAMILIES) == len(BY_TYPE)


def test_tables_are_written_as_csv_whole_or_not_at_all(reader: Reader, tmp_path: Path) -> None:
    target = tmp_path / "trials.csv"
    assert reader.export(Export("/scratch/my_trials", str(target), 1)).rows == 2
    rows = list(csv.reader(target.read_text().splitlines()))
    assert rows[0][0] == "id"
    assert len(rows) == 3
    with pytest.raises(FileError, match="left as it is"):
        reader.export(Export("/scratch/my_trials", str(target)))
    with pytest.raises(FileError, match="holds numbers"):
        reader.export(Export("/scratch/my_trials", str(tmp_path / "trials.npy")))
    assert [one.name for one in tmp_path.iterdir()] == ["trials.csv"]


def test_numbers_are_written_as_npy(reader: Reader, tmp_path: Path) -> None:
    target = tmp_path / "ramp.npy"
    reader.export(Export("/acquisition/ramp/data", str(target), 10, 20))
    assert np.array_equal(np.load(target), np.arange(10.0, 20.0))


def test_the_file_is_told_on_one_page(reader: Reader) -> None:
    sections = dict(reader.page().sections)
    assert ("TimeSeries", "5") in sections["types"]
    assert ("nwb version", "2.7.0") in sections["session"]


def test_an_export_writes_through_no_link_and_takes_nothing_away(reader: Reader, tmp_path: Path) -> None:
    own = tmp_path / "own.txt"
    own.write_text("the person's own")
    target = tmp_path / "values.csv"
    (tmp_path / ".values.csv.part").symlink_to(own)
    reader.export(Export("/acquisition/ramp/data", str(target), 10, 20))
    assert own.read_text() == "the person's own"
    assert (tmp_path / ".values.csv.part").is_symlink()
    assert len(target.read_text().splitlines()) == 11
    assert sorted(one.name for one in tmp_path.iterdir()) == [".values.csv.part", "own.txt", "values.csv"]
