"""Plots as text: what is drawn fits its place, whatever the numbers are, and stands where the values say."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dandi_tui.widgets.plot import grey_lines, histogram_lines, limits, quantity, raster_lines, shade_lines, time_words, trace_lines

ANY = st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=60)


@given(ANY, st.integers(1, 8), st.booleans())
def test_a_trace_of_any_numbers_fits(values: list[float], rows: int, ascii_only: bool) -> None:
    lines = trace_lines(values, values, rows, ascii_only=ascii_only)
    assert len(lines) == rows
    assert {len(line) for line in lines} == {math.ceil(len(values) / 2)}


@given(ANY, st.integers(1, 8), st.booleans())
def test_a_histogram_of_any_numbers_fits(values: list[float], rows: int, ascii_only: bool) -> None:
    lines = histogram_lines(values, rows, ascii_only=ascii_only)
    assert [len(line) for line in lines] == [len(values)] * rows


@given(st.lists(ANY, max_size=40), st.floats(-10, 10), st.floats(-10, 10), st.integers(1, 80), st.integers(1, 8))
def test_a_raster_of_any_times_fits(events: list[list[float]], start: float, stop: float, cells: int, rows: int) -> None:
    finite = [[time for time in times if math.isfinite(time)] for times in events]
    lines = raster_lines(finite, start, stop, cells, rows)
    assert len(lines) <= rows
    assert all(len(line) == cells for line in lines)


def test_a_rising_trace_rises() -> None:
    lines = trace_lines([0, 0, 1, 1], [0, 0, 1, 1], 1)
    assert lines == ["⣀⠏"]


def test_a_gap_stays_empty() -> None:
    nan = math.nan
    assert trace_lines([0, 0, nan, nan, 1, 1], [0, 0, nan, nan, 1, 1], 1)[0][1] == " "
    assert limits([nan, 2.0], [nan, 3.0]) == (2.0, 3.0)


def test_a_histogram_is_as_high_as_its_values() -> None:
    assert histogram_lines([0, 1, 2], 2) == ["  █", " ██"]
    assert histogram_lines([1, 4, 8], 1) == ["▁▄█"]


def test_spikes_stand_at_their_times() -> None:
    lines = raster_lines([[0.0], [0.9]], 0.0, 1.0, 10, 1)
    assert lines[0][0] == "⠁"
    assert lines[0][9] == "⠂"


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.00012, "volts", "120 µV"),
        (30_000, "hertz", "30 kHz"),
        (0, "volts", "0 V"),
        (2.5, "a.u.", "2.5 a.u."),
        (math.nan, "V", "nan V"),
        (1e-15, "volts", "1e-15 V"),
    ],
)
def test_quantities_have_short_units(value: float, unit: str, words: str) -> None:
    assert quantity(value, unit) == words


def test_times_tell_the_ends_of_a_window_apart() -> None:
    assert time_words(12.0, 0.25) != time_words(12.25, 0.25)
    assert time_words(1234.5, 1000) == "1,234 s"


@given(st.integers(1, 20).flatmap(lambda wide: st.lists(st.binary(min_size=wide, max_size=wide), min_size=1, max_size=9)), st.booleans())
def test_a_picture_takes_a_cell_for_two_pixels(rows: list[bytes], ascii_only: bool) -> None:
    high, wide = math.ceil(len(rows) / 2), len(rows[0])
    assert [sum(len(text) for text, _ in line) for line in grey_lines(rows, half="▀")] == [wide] * high
    assert [len(line) for line in shade_lines(rows, ascii_only=ascii_only)] == [wide] * high


def test_dark_is_dark_and_bright_is_bright() -> None:
    assert shade_lines([b"\x00\xff", b"\x00\xff"], ascii_only=True) == [" @"]
    assert grey_lines([b"\x00\xff", b"\xff\xff"], half="▀") == [[("▀", "grey 0 255"), ("▀", "grey 255 255")]]


def test_long_names_of_units_are_short() -> None:
    assert [quantity(470.3, "pixels"), quantity(90, "degrees"), quantity(0.5, "Volts"), quantity(2.0, "flubs"), quantity(33100.4, "a.u.")] == [
        "470.3 px",
        "90 °",
        "500 mV",
        "2 flubs",
        "33,100 a.u.",
    ]
