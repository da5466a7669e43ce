"""What objects are at a glance, in words: times that can be told apart, no empty facts, what is odd said, types of extensions by what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest

from dandi_tui.nwb.families.family import lasting_words, range_words, span_words
from dandi_tui.nwb.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dandi_tui.nwb.model import Glance


def _typed(group: h5py.Group, kind: str) -> h5py.Group:
    group.attrs["neurodata_type"], group.attrs["namespace"] = kind, "core"
    return group


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    path = tmp_path_factory.mktemp("glances") / "known.nwb"
    with h5py.File(path, "w") as file:
        file.attrs["nwb_version"] = "2.7.0"
        trials = _typed(file.create_group("intervals/trials"), "TimeIntervals")
        trials["id"], trials["start_time"], trials["stop_time"] = np.arange(3), [np.nan, 2.0, 3.0], [1.5, 2.5, np.nan]
        brief = _typed(file.create_group("acquisition/brief"), "ElectricalSeries")
        brief["data"], brief["electrodes"] = np.zeros((5, 2)), np.arange(3)
        brief.create_dataset("starting_time", data=123.6).attrs["rate"] = 10_000.0
        units = _typed(file.create_group("units"), "Units")
        units["id"], units["spike_times"], units["spike_times_index"] = [0], [1.0, 2.0, 3.0], [3]
        two = _typed(file.create_group("processing/two/units"), "Units")
        two["id"], two["spike_times"], two["spike_times_index"] = [0, 1], [1.0, 2.0, 0.0, 100.0], [2, 4]
        events = _typed(file.create_group("acquisition/events"), "LabeledEvents")
        events["timestamps"], events["labels"] = [0.5, 7.25], ["a", "b"]
        subject = _typed(file.create_group("general/subject"), "Subject")
        subject["species"], subject["age"], subject["genotype"] = "Mus musculus", " ", ""
        table = _typed(file.create_group("general/extracellular_ephys/electrodes"), "DynamicTable")
        table["id"], table["location"] = [0, 1], ["brain_region: ALM; " * 20, "CA1"]
        table["group"] = np.array([brief.ref, brief.ref], dtype=h5py.ref_dtype)
        table["group"].attrs["neurodata_type"] = "VectorData"
        movie = _typed(file.create_group("acquisition/movie"), "ImageSeries")
        movie["data"], movie["external_file"] = np.zeros((0, 0, 0), "u1"), ["a.mp4"]
        movie.create_dataset("starting_time", data=0.0).attrs["rate"] = 30.0
        one = _typed(file.create_group("acquisition/pictures"), "Images")
        _typed(one.create_dataset("only", data=np.zeros((4, 4), "u1")), "GrayscaleImage")
    with Reader(str(path)) as made:
        yield made


def _glance(reader: Reader, path: str) -> Glance:
    return reader.glances([path], fully=True)[path]


def test_intervals_without_a_last_stop_still_span_time(reader: Reader) -> None:
    found = _glance(reader, "/intervals/trials")
    assert dict(found.facts)["times"] == "2.000 – 2.500 s"


def test_a_brief_series_tells_its_beginning_from_its_end(reader: Reader) -> None:
    found = _glance(reader, "/acquisition/brief")
    assert found.words == "5 × 2 float64 · 10 kHz · 0.5 ms"
    assert dict(found.facts)["times"] == "123.60000 – 123.60050 s"
    assert found.reason == "3 electrodes for 2 channels"


def test_one_unit_has_one_rate_and_several_the_time_of_all(reader: Reader) -> None:
    found = dict(_glance(reader, "/units").facts)
    assert _glance(reader, "/units").words == "1 unit, 3 spikes"
    assert (found["spikes a unit"], found["rates"]) == ("3", "1.5 Hz, over 2 s")
    assert dict(_glance(reader, "/processing/two/units").facts)["rates"] == "0.02 Hz, median 0.02 Hz, over 100.0 s"


def test_times_of_an_extension_are_events(reader: Reader) -> None:
    found = _glance(reader, "/acquisition/events")
    assert found.words == "2 times · 0.500 – 7.250 s"
    assert found.views[0] == "together"


def test_what_is_empty_is_not_told(reader: Reader) -> None:
    found = _glance(reader, "/general/subject")
    assert found.words == "species Mus musculus"
    assert all(words.strip() for _, words in found.facts)
    assert dict(_glance(reader, "/acquisition/movie").facts) == {"in files": "a.mp4", "rate": "30 Hz"}


def test_long_locations_are_cut_and_references_are_no_texts(reader: Reader) -> None:
    assert len(_glance(reader, "/general/extracellular_ephys/electrodes").words) < 90
    assert "CA1 (1)" in _glance(reader, "/general/extracellular_ephys/electrodes").words
    assert dict(_glance(reader, "/general/extracellular_ephys/electrodes/group").facts)["values"] == "2 references"
    assert _glance(reader, "/acquisition/pictures").words == "1 image of 4 × 4"


@pytest.mark.parametrize(
    ("begin", "end", "words"),
    [
        (0.0, 9.0, "0 – 9.000 s"),
        (-0.0001, 0.01, "0 – 0.010 s"),
        (370.4, 2546.2, "370.4 – 2,546.2 s"),
        (123.6, 123.6, "123.6 – 123.6 s"),
        (5e5, 6e5, "500,000 – 600,000 s"),
    ],
)
def test_spans_of_time(begin: float, end: float, words: str) -> None:
    assert span_words(begin, end) == words


def test_lengths_and_ranges() -> None:
    assert [lasting_words(one) for one in (0.0, 1800.0, 2.0, 0.25, 0.0025, 0.00002)] == ["0 s", "1,800.0 s", "2 s", "0.25 s", "2.5 ms", "20.0 µs"]
    assert [range_words(1, 1), range_words(1, 2500)] == ["1", "1 – 2,500"]
