"""Fuzzy matching."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dandi_tui.widgets.fuzzy import Pattern


@pytest.mark.parametrize(
    ("pattern", "path", "hit"),
    [
        ("s1e", "sub-1/sub-1_ecephys.nwb", True),
        ("ecephys sub-1", "sub-1/sub-1_ecephys.nwb", True),
        ("'sub-2", "sub-1/sub-1_2.nwb", False),
        ("!behavior", "sub-1_behavior.nwb", False),
        ("nwb$", "sub-1.nwb", True),
        ("^sub", "derived/sub-1", False),
        ("SUB", "sub-1", False),
        ("", "anything", True),
        ("R402", "sub-R401/sub-R401_ses-20240527.nwb", False),
        ("r402", "sub-R402/sub-R402_ses-20240526.nwb", True),
        ("r2s6", "sub-R402/sub-R402_ses-20240526.nwb", True),
    ],
)
def test_patterns_match_as_in_file_finders(pattern: str, path: str, hit: bool) -> None:
    assert Pattern.parse(pattern).matches(path) is hit


@given(st.text(alphabet="ab/_-^$!' ", max_size=8), st.text(alphabet="ab/_-", max_size=20))
def test_matched_letters_are_those_of_the_pattern(typed: str, path: str) -> None:
    pattern = Pattern.parse(typed)
    if pattern.matches(path):
        assert set("".join(path[at] for at in pattern.positions(path))) <= set(typed.lower())


def test_what_must_stand_at_the_start_is_shown_there() -> None:
    assert Pattern.parse("^sub").positions("sub-1/sub-1.nwb") == (0, 1, 2)


def test_hostile_text_takes_linear_time() -> None:
    assert not Pattern.parse("aaaaaaaaaaaaaaaaaaaab").matches("a" * 100_000)


def test_digits_that_were_typed_together_are_shown_together() -> None:
    assert Pattern.parse("sb42").positions("sub-4/sub-42_2.nwb") == (6, 8, 10, 11)


def test_hostile_numbers_take_linear_time() -> None:
    assert not Pattern.parse("a11111111111111111112").matches("a" + "1" * 100_000)
