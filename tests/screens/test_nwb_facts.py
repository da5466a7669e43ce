"""Facts of a file in words: dates as programs wrote them."""

from __future__ import annotations

import pytest

from dandi_tui.screens.nwb_facts import date_words


@pytest.mark.parametrize(
    ("stamp", "words"),
    [
        ("2017-05-08T00:00:00-05:00", "2017-05-08 00:00"),
        ("20180301T120000", "2018-03-01 12:00"),
        ("2018-04-26 12:00:00", "2018-04-26 12:00"),
        ("Tue Feb 25 2014", "Tue Feb 25 2014"),
        ("", ""),
    ],
)
def test_dates(stamp: str, words: str) -> None:
    assert date_words(stamp) == words
