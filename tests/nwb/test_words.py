"""Values in words."""

from __future__ import annotations

import math

import pytest

from dandi_tui.nwb.words import value_words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.07552835693623194, "0.07552836"),
        (-0.0, "0"),
        (1274.12345678, "1274.1235"),
        (86_400.12346, "86400.1235"),
        (1_700_000_000.25, "1700000000.25"),
        (1_234_567.0, "1234567"),
        (6.02214076e23, "6.022141e+23"),
        (1e-9, "1e-09"),
        (math.nan, "nan"),
        (-math.inf, "-inf"),
    ],
)
def test_numbers_are_short_and_keep_what_tells_times_apart(value: float, words: str) -> None:
    assert value_words(value, lambda _: None) == words
