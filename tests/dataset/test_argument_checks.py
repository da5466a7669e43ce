"""The quick check of arguments gives what hdmf's own gives, of calls that are right and of calls that are wrong in any way."""

from __future__ import annotations

import copy
from importlib.metadata import version
from typing import Any

import numpy as np
import pytest
from hdmf import utils
from hdmf.term_set import TermSetWrapper
from hypothesis import given, settings
from hypothesis import strategies as st

from dandi_tui.dataset import argument_checks
from dandi_tui.dataset.argument_checks import Quick, text_digest

WHOLE = vars(utils)["__parse_args"]
TYPES: list[Any] = [str, int, float, bool, list, dict, None, "uint", "int", "array_data", "Quick", (str, int), (list, tuple, "array_data"), ("float", None)]
VALUES: list[Any] = [None, True, 0, 7, -1.5, "", "word", [], [1, 2], (1,), {}, {"a": 1}, np.int8(1), np.uint16(2), np.float32(1), np.zeros(3), np.bool_(1)]
DEFAULTS: list[Any] = [None, True, 3, 2.5, "word", [], {}, (1, [2]), ()]
NAMES = ("a", "b", "c", "d")


@st.composite
def declarations(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A declaration as `docval` brings it into order: arguments without defaults first."""
    made: list[dict[str, Any]] = []
    for name in draw(st.lists(st.sampled_from(NAMES), max_size=4)):
        one: dict[str, Any] = {"name": name, "doc": "", "type": draw(st.sampled_from(TYPES))}
        if draw(st.booleans()):
            one["default"] = copy.deepcopy(draw(st.sampled_from(DEFAULTS)))
            one.update(draw(st.sampled_from([{}, {}, {"allow_none": True}])))
        one.update(draw(st.sampled_from([{}, {}, {}, {"shape": (3,)}, {"enum": ["word", 7]}])))
        made.append(one)
    return sorted(made, key=lambda one: "default" in one)


calls = st.tuples(
    st.lists(st.sampled_from(VALUES), max_size=4).map(tuple),
    st.dictionaries(st.sampled_from((*NAMES, "unknown")), st.sampled_from(VALUES), max_size=3),
    st.sampled_from([{}, {}, {}, {"allow_extra": True}, {"enforce_type": False}, {"allow_positional": utils.AllowPositional.WARNING}]),
)


@settings(max_examples=1500)
@given(declarations(), st.lists(calls, min_size=1, max_size=4))
@pytest.mark.slow
def test_any_call_has_the_outcome_that_hdmf_gives_it(declared: list[dict[str, Any]], made: list[Any]) -> None:
    quick = Quick(WHOLE, utils.check_type, TermSetWrapper)
    for args, kwargs, options in made:
        assert outcome(quick, declared, args, kwargs, options) == outcome(WHOLE, declared, args, kwargs, options)


def outcome(parse: Any, declared: list[dict[str, Any]], args: tuple[Any, ...], kwargs: dict[str, Any], options: dict[str, Any]) -> str:
    """What came of a call, arguments in their order."""
    try:
        return repr(parse(declared, args, dict(kwargs), **options))
    except Exception as error:  # noqa: BLE001 (that, too, is an outcome)
        return repr(error)


def test_defaults_that_can_be_changed_are_not_shared() -> None:
    declared = [{"name": "a", "doc": "", "type": list, "default": []}]
    quick = Quick(WHOLE, utils.check_type, TermSetWrapper)
    quick(declared, (), {})["args"]["a"].append(1)
    assert quick(declared, (), {})["args"]["a"] == []


def test_it_takes_the_place_of_a_function_that_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    if text_digest() not in argument_checks.KNOWN:
        pytest.skip(f"hdmf {version('hdmf')} is not known: validation is right, and slower; compare its checks, then add {text_digest()!r} to KNOWN")
    monkeypatch.setitem(vars(utils), "__parse_args", WHOLE)
    assert argument_checks.make_quick()
    assert isinstance(vars(utils)["__parse_args"], Quick)


def test_another_hdmf_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(argument_checks, "KNOWN", frozenset())
    assert not argument_checks.make_quick()
    assert vars(utils)["__parse_args"] is WHOLE
