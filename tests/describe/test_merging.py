"""Differences between documents in words, and two people's changes joined or refused."""

from __future__ import annotations

import copy
from typing import Any

from filled import filled, schema
from hypothesis import given
from hypothesis import strategies as st

from dandi_tui.describe.changes import differences
from dandi_tui.describe.merging import merge
from dandi_tui.describe.tree import MISSING

PEOPLE = [{"schemaKey": "Person", "name": name} for name in ("A, A", "B, B", "C, C")]
BASE: dict[str, Any] = {"name": "N", "description": "D", "keywords": ["a", "b"], "contributor": PEOPLE}


def _with(**more: Any) -> dict[str, Any]:
    return {**copy.deepcopy(BASE), **more}


def _people(*names: str, **changed: str) -> list[dict[str, str]]:
    return [{"schemaKey": "Person", "name": f"{name}, {name}", **({"email": changed[name]} if name in changed else {})} for name in names]


def test_differences_are_told_by_names_not_places() -> None:
    after = _with(contributor=_people("C", "B", "A", B="b@example.org"), keywords=["b", "c"])
    words = [one.words for one in differences(BASE, after)]
    assert "contributor › B, B › email: added b@example.org" in words
    assert any("moved to place" in one for one in words)
    assert "keywords: added c" in words
    assert "keywords: removed a" in words
    assert not any("A, A" in one and "removed" in one for one in words)


def test_a_renamed_record_is_the_same_record() -> None:
    after = _with(contributor=[*_people("A", "B"), {"schemaKey": "Person", "name": "C, Cora"}])
    assert [one.words for one in differences(BASE, after)] == ["contributor › C, Cora › name: C, C → C, Cora"]


def test_the_same_document_has_no_differences() -> None:
    document = filled(schema())
    assert differences(document, copy.deepcopy(document)) == []


def test_changes_at_different_places_are_joined() -> None:
    ours = _with(name="Ours", contributor=_people("A", "B", "C", A="a@x.org"))
    theirs = _with(description="Theirs", contributor=_people("A", "B", "C", "D", C="c@x.org"), keywords=["a", "b", "new"])
    merged = merge(BASE, ours, theirs)
    assert merged.conflicts == ()
    assert merged.document["name"] == "Ours"
    assert merged.document["description"] == "Theirs"
    assert merged.document["contributor"] == _people("A", "B", "C", "D", A="a@x.org", C="c@x.org")
    assert merged.document["keywords"] == ["a", "b", "new"]


def test_removals_are_joined_and_an_order_is_kept() -> None:
    merged = merge(BASE, _with(contributor=_people("B", "C")), _with(contributor=_people("C", "A", "B")))
    assert merged.conflicts == ()
    assert [one["name"] for one in merged.document["contributor"]] == ["C, C", "B, B"]


def test_two_changes_of_one_field_are_a_conflict_and_either_can_be_taken() -> None:
    merged = merge(BASE, _with(name="Ours"), _with(name="Theirs"))
    assert [(one.path, one.ours, one.theirs) for one in merged.conflicts] == [(("name",), "Ours", "Theirs")]
    assert merged.settled()["name"] == "Ours"
    assert merged.settled(frozenset({("name",)}))["name"] == "Theirs"


def test_what_one_removed_and_the_other_changed_is_a_conflict() -> None:
    merged = merge(BASE, _with(contributor=_people("A", "C")), _with(contributor=_people("A", "B", "C", B="b@x.org")))
    (conflict,) = merged.conflicts
    assert conflict.ours is MISSING
    assert merged.settled()["contributor"] == _people("A", "C")
    assert merged.settled(frozenset({conflict.path}))["contributor"] == _people("A", "B", "C", B="b@x.org")


def test_items_that_cannot_be_told_apart_are_one_place() -> None:
    base = _with(keywords=["x", "x"])
    merged = merge(base, _with(keywords=["x", "x", "y"]), _with(keywords=["x"]))
    assert [one.path for one in merged.conflicts] == [("keywords",)]


KEYWORDS = st.lists(st.sampled_from("abcd"), unique=True)
ORDERS = st.permutations(["A", "B", "C"]).map(lambda names: _people(*names))
VALUES = st.fixed_dictionaries({}, optional={"name": st.sampled_from("NOT"), "keywords": KEYWORDS, "contributor": ORDERS})


@given(VALUES, VALUES, VALUES)
def test_merging_takes_either_side_alone_and_never_invents(base: dict[str, Any], ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    assert merge(base, ours, base).settled() == ours
    assert merge(base, base, theirs).settled() == theirs
    assert merge(base, ours, ours).settled() == ours
    merged = merge(base, ours, theirs)
    for word in merged.settled().get("keywords", []):
        assert word in ours.get("keywords", []) or word in theirs.get("keywords", [])


@given(VALUES, VALUES)
def test_differences_are_empty_only_for_equal_documents(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert (differences(one, other) == []) == (one == other)
