"""Text for a terminal."""

import string
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from dandi_tui import text


@given(st.text())
def test_nothing_that_a_terminal_obeys_stays(words: str) -> None:
    made = text.safe(words)
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 or 0x202A <= ord(char) <= 0x202E for char in made)


def test_an_escape_code_is_shown_as_a_symbol() -> None:
    assert text.safe("a\x1b[31mred\x07") == "a␛[31mred␇"


@given(st.text())
def test_text_is_measured_as_those_measure_it_who_draw_it(words: str) -> None:
    assert text.width(text.safe(words)) == cell_len(text.safe(words))


@given(st.text(max_size=60).map(text.safe), st.integers(0, 40))
def test_clipped_text_fits(words: str, cells: int) -> None:
    assert text.width(text.clip(words, cells)) <= cells
    assert text.width(text.clip_middle(words, cells)) <= cells
    assert text.width(text.pad(words, cells)) == cells


@given(st.text(alphabet=string.ascii_letters + " 日本", max_size=200), st.integers(2, 40))
def test_wrapping_keeps_every_letter(words: str, cells: int) -> None:
    lines = text.wrap(words, cells)
    assert all(text.width(line) <= cells for line in lines)
    assert "".join(lines).replace(" ", "") == words.replace(" ", "")


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (62_400_000, "62.4 MB"),
        (999_960_000, "1.0 GB"),
        (3.6e12, "3.6 TB"),
    ],
)
def test_sizes_are_written_in_powers_of_a_thousand(count: float, words: str) -> None:
    assert text.size(count) == words


def test_young_times_are_relative_and_old_ones_dates() -> None:
    now = datetime(2026, 5, 9, 12, tzinfo=UTC)
    assert text.ago(now - timedelta(hours=3), now) == "3 hours ago"
    assert text.ago(now, now) == text.ago(now + timedelta(seconds=20), now) == "just now"
    assert text.ago(now - timedelta(days=30), now) == "2026-04-09"
