"""The form of a document: nothing is lost on the way through it, edits are undone, problems stand at their places."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from conftest import recorded
from filled import filled, schema, schema_document
from hypothesis import given
from hypothesis import strategies as st

from dandi_tui.describe import tree
from dandi_tui.describe.as_text import parse, read_back, written
from dandi_tui.describe.assigning import assign
from dandi_tui.describe.changes import differences
from dandi_tui.describe.checks import orcid_fits, problems
from dandi_tui.describe.cleaning import cleaned
from dandi_tui.describe.form import Form
from dandi_tui.describe.outline import COMPUTED, GENERAL, OTHER
from dandi_tui.describe.placing import from_archive, placed
from dandi_tui.describe.schema import SchemaError, read_schema
from dandi_tui.describe.tree import MISSING
from dandi_tui.describe.values import text_of, value_of
from dandi_tui.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = schema()


def _bytes(document: object) -> bytes:
    return msgspec.json.encode(document)


def _unfolded(form: Form) -> Form:
    before = -1
    while before != len(form.unfolded):
        before = len(form.unfolded)
        form.unfolded |= {row.path for row in form.rows() if row.foldable}
    return form


def _small(**more: Any) -> dict[str, Any]:
    person = {"schemaKey": "Person", "name": "Doe, Alice", "email": "a@example.org", "roleName": ["dcite:ContactPerson"], "includeInCitation": True}
    return {"name": "A name", "description": "Words", "license": ["spdx:CC0-1.0"], "contributor": [person], "schemaKey": "Dandiset", **more}


def _person(**more: Any) -> dict[str, Any]:
    return {"schemaKey": "Person", "name": "A, B", **more}


def test_a_document_with_everything_goes_through_the_form_unchanged_byte_for_byte() -> None:
    document = json.loads(json.dumps(filled(SCHEMA)))
    before = _bytes(document)
    form = _unfolded(Form(SCHEMA, document))
    rows = form.rows()
    for row in rows:
        value = tree.get(form.document, row.path)
        if row.foldable or row.fixed or row.is_group or isinstance(value, list | dict):
            continue
        form.set_text(row.path, text_of(value))
        form.set_value(row.path, value)
    form.become(read_back(written(form.document, SCHEMA, "it"), form.document, SCHEMA))
    assert _bytes(cleaned(SCHEMA, form.document)) == before
    assert not form.is_changed
    assert len(rows) > 150


def test_every_field_of_the_document_has_a_row() -> None:
    form = _unfolded(Form(SCHEMA, filled(SCHEMA)))
    shown = {row.path for row in form.rows()}

    def leaves(value: Any, path: tuple[Any, ...] = ()) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                if name != "schemaKey":
                    leaves(inner, (*path, name))
        elif isinstance(value, list) and path and form.shape_at(path).items and form.shape_at(path).items.kind != "choice":  # type: ignore[union-attr]
            for place, inner in enumerate(value):
                leaves(inner, (*path, place))
        elif path[0] != "x-unknown":
            assert path in shown

    leaves(form.document)
    assert {GENERAL, COMPUTED, OTHER} <= shown


def test_an_edit_and_its_undoing_leave_every_byte_as_it_was() -> None:
    document = filled(SCHEMA)
    before = _bytes(document)
    form = Form(SCHEMA, document)
    form.set_text(("name",), "Another name")
    form.set_text(("contributor", 0, "email"), "new@example.org")
    form.add(("keywords",), "more")
    form.move(("contributor", 0), 1)
    form.remove(("license", 0))
    form.set_text(("acknowledgement",), "")
    assert len(form.changes) >= 5
    assert "acknowledgement" not in form.document
    steps = 0
    while form.undo():
        steps += 1
    assert steps == 6
    assert _bytes(form.document) == before
    assert not form.is_changed
    while form.redo():
        pass
    assert form.document["name"] == "Another name"


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20))
def test_any_value_of_a_field_that_the_schema_does_not_know_is_kept_through_the_editor(value: Any) -> None:
    document = _small(extra={"value": value})
    assert read_back(written(document, SCHEMA, "x"), document, SCHEMA) is document


def test_new_records_begin_with_their_kind_and_defaults() -> None:
    form = Form(SCHEMA, _small())
    person, organization = (next(one for one in form.kinds_of(("contributor",)) if one.name == name) for name in ("Person", "Organization"))
    path = form.add_record(("contributor",), person)
    assert tree.get(form.document, path) == {"schemaKey": "Person", "includeInCitation": True}
    assert {row.path for row in form.rows()} >= {path, (*path, "name")}
    assert ((*path, "name"), "must be given") in [(one.path, one.words) for one in form.problems]
    form.add_record(("contributor",), organization, after=0)
    assert tree.get(form.document, ("contributor", 1, "schemaKey")) == "Organization"
    form.add_record(
        ("ethicsApproval", form.add_record(("ethicsApproval",), SCHEMA.records["EthicsApproval"])[-1], "contactPoint"), SCHEMA.records["ContactPoint"]
    )
    assert cleaned(SCHEMA, form.document)["contributor"] == _small()["contributor"]
    assert "contactPoint" not in json.dumps(cleaned(SCHEMA, form.document))


@pytest.mark.parametrize(
    ("field", "value", "path", "words"),
    [
        ("name", "x" * 151, ("name",), "151 characters; at most 150"),
        ("name", "", ("name",), "must be given"),
        ("license", [], ("license",), "at least one"),
        ("license", ["spdx:NOPE"], ("license", 0), "none of the archive's"),
        ("keywords", "not-a-list", ("keywords",), "must be a list"),
        ("keywords", [3], ("keywords", 0), "must be a text"),
        ("protocol", ["protocols.io"], ("protocol", 0), "whole address"),
        ("contributor", [{"schemaKey": "Person", "name": "No Comma", "roleName": ["dcite:ContactPerson"]}], ("contributor", 0, "name"), "Family, Given"),
        ("contributor", [{"schemaKey": "Person", "name": "A, B", "roleName": ["dcite:ContactPerson"]}], ("contributor", 0, "email"), "e-mail"),
        ("contributor", [{"schemaKey": "Person", "name": "A, B"}], ("contributor",), "contact person"),
        ("contributor", [_person(identifier="0000-0002-1825-0098")], ("contributor", 0, "identifier"), "mistyped"),
        (
            "contributor",
            [{"schemaKey": "Person", "name": "A, B", "identifier": "https://orcid.org/0000-0002-1825-0097"}],
            ("contributor", 0, "identifier"),
            "without its",
        ),
        ("contributor", [{"schemaKey": "Organization", "identifier": "ror.org/1"}], ("contributor", 0, "identifier"), "https://ror.org/"),
        ("contributor", [{"name": "A, B"}], ("contributor", 0), "schemaKey"),
        ("contributor", [{"schemaKey": "Organization", "roleName": ["dcite:Funder"]}], ("contributor", 0, "awardNumber"), "advised"),
        ("relatedResource", [{"schemaKey": "Resource", "relation": "dcite:IsCitedBy"}], ("relatedResource", 0, "url"), "or an identifier"),
        ("relatedResource", [{"schemaKey": "Resource", "url": "https://a.b"}], ("relatedResource", 0, "relation"), "must be given"),
        ("about", [{"schemaKey": "Disorder", "dxdate": ["yesterday"]}], ("about", 0, "dxdate", 0), "2024-01-31"),
        ("wasGeneratedBy", [{"schemaKey": "Project", "name": "P", "startDate": "2024-13-01"}], ("wasGeneratedBy", 0, "startDate"), "write the time"),
        ("acknowledgement", "", ("acknowledgement",), "left out when saved"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(field: str, value: Any, path: tuple[Any, ...], words: str) -> None:
    found = problems(SCHEMA, _small(**{field: value}))
    assert any(one.path == path and words in one.words for one in found), found


def test_a_good_document_has_no_problems() -> None:
    assert problems(SCHEMA, _small()) == []
    assert [one for one in problems(SCHEMA, filled(SCHEMA)) if not one.advice and one.path[0] not in {"contributor", "relatedResource"}] == []


@pytest.mark.parametrize(
    ("orcid", "fits"), [("0000-0002-1825-0097", True), ("0000-0001-5109-3700", True), ("0000-0002-1694-233X", True), ("0000-0002-1694-2330", False)]
)
def test_the_check_digit_of_an_orcid(orcid: str, fits: bool) -> None:
    assert orcid_fits(orcid) is fits


def test_typed_values_mean_what_people_mean() -> None:
    form = Form(SCHEMA, filled(SCHEMA))
    flag = form.shape_at(("contributor", 0, "includeInCitation"))
    role = form.shape_at(("contributor", 0, "roleName", 0))
    start = form.shape_at(("wasGeneratedBy", 0, "startDate"))
    assert value_of(flag, "Yes") is True
    assert value_of(role, "contact person") == "dcite:ContactPerson"
    assert value_of(start, "2024-01-31") == "2024-01-31T00:00:00+00:00"
    assert value_of(start, "  ") is MISSING
    with pytest.raises(UsageError, match="none of"):
        value_of(role, "boss")
    with pytest.raises(UsageError, match="neither"):
        value_of(flag, "perhaps")


def test_pasted_identifiers_become_what_the_schema_asks_for() -> None:
    form = Form(SCHEMA, filled(SCHEMA))
    places = [place for place, one in enumerate(form.document["contributor"]) if one["schemaKey"] == "Person"]
    orcid = form.shape_at(("contributor", places[0], "identifier"))
    ror = form.shape_at(("contributor", places[0], "affiliation", 0, "identifier"))
    for pasted in ("https://orcid.org/0000-0002-1825-0097", "orcid.org/0000-0002-1825-0097/", "0000-0002-1825-0097"):
        assert value_of(orcid, pasted) == "0000-0002-1825-0097"
    for pasted in ("https://ror.org/01an7q238", "ror.org/01an7q238", "01an7q238"):
        assert value_of(ror, pasted) == "https://ror.org/01an7q238"
    assert value_of(orcid, "https://example.org/0000") == "https://example.org/0000"


@pytest.mark.parametrize(
    ("field", "path"),
    [
        ("license.0", ("license", 0)),
        ("contributor.1.Organization.name", ("contributor", 1, "name")),
        ("metadata.name", ("name",)),
        ("assetsSummary", ("assetsSummary",)),
        ("nothing.here", ("nothing",)),
        ("", ()),
    ],
)
def test_the_archives_fields_are_found(field: str, path: tuple[Any, ...]) -> None:
    document = _small(assetsSummary={})
    document["contributor"].append({"schemaKey": "Organization", "name": "X"})
    assert placed(field, document) == path


def test_the_archives_recorded_refusal_stands_at_its_fields(shared: Path) -> None:
    info = recorded(shared, "version-put-invalid-content-info")["response"]["json"]
    form = Form(read_schema(recorded(shared, "schema-dandiset")["response"]["json"]), info["metadata"])
    form.told = from_archive(((one["field"], one["message"]) for one in info["version_validation_errors"]), form.document)
    assert {one.path for one in form.told} == {("keywords",), ("license", 0)}
    form.set_value(("license",), ["spdx:CC0-1.0"])
    assert {one.path for one in form.told} == {("keywords",)}
    missing = from_archive([("contributor.0", "'email' is a required property")], form.document)
    assert missing[0].path == ("contributor", 0, "email")


def test_the_next_problem_is_found_around_the_ends() -> None:
    form = Form(SCHEMA, _small(name="", protocol=["x"], relatedResource=[{"schemaKey": "Resource"}]))
    first = form.problem_from(None)
    assert first == ("name",)
    second = form.problem_from(first)
    assert second == ("protocol", 0)
    assert form.problem_from(form.problem_from(form.problem_from(second))) == ("name",)
    assert form.problem_from(("name",), -1) == ("relatedResource", 0, "url")
    form.show(("relatedResource", 0, "url"))
    assert ("relatedResource", 0, "url") in {row.path for row in form.rows()}


def test_folded_rows_tell_of_problems_below() -> None:
    form = Form(SCHEMA, _small(relatedResource=[{"schemaKey": "Resource"}]))
    row = next(row for row in form.rows() if row.path == ("relatedResource",))
    assert row.problem == "2 to mend"
    assert row.folded


def test_two_hundred_contributors_are_two_hundred_rows() -> None:
    people = [{"schemaKey": "Person", "name": f"Family{number}, Given", "includeInCitation": True} for number in range(200)]
    form = Form(SCHEMA, _small(contributor=people))
    form.unfold(("contributor",))
    assert sum(row.path[:1] == ("contributor",) for row in form.rows()) == 201
    assert form.move(("contributor", 150), 1) == ("contributor", 151)
    assert [one.kind for one in form.changes] == ["moved"]


def test_a_schema_without_fields_is_told_and_one_with_unknown_parts_is_used() -> None:
    for broken in ({}, {"properties": []}, {"type": "object"}):
        with pytest.raises(SchemaError):
            read_schema(broken)
    odd = schema_document()
    odd["properties"]["name"] = {"title": "Name", "anyOf": [{"type": "string"}, {"type": "null"}]}
    odd["properties"]["strange"] = {"patternProperties": {}, "$ref": "#/$defs/Nowhere"}
    odd["properties"]["loop"] = {"$ref": "#/$defs/Loop"}
    odd["$defs"]["Loop"] = {"$ref": "#/$defs/Loop"}
    read = read_schema(odd)
    assert read.root.field("name").shape.kind == "text"  # type: ignore[union-attr]
    assert {read.root.field(name).shape.kind for name in ("strange", "loop")} == {"any"}  # type: ignore[union-attr]


def test_suggestions_come_from_fields_of_the_same_name() -> None:
    form = Form(SCHEMA, filled(SCHEMA))
    assert "https://ror.org/01an7q238" in form.suggestions(("contributor", 1, "affiliation", 0, "identifier"))
    assert form.suggestions(("keywords", 0))[0] != form.document["keywords"][0]


@pytest.mark.parametrize(
    ("text", "words"),
    [("a: [", "line"), ("a: 1\na: 2", "twice"), ("- a\n- b", "no record"), ("name: [\x07]", "no YAML")],
)
def test_broken_yaml_is_told_with_its_line(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        read_back(text, _small(), SCHEMA)


def test_yaml_keeps_days_and_words_as_texts() -> None:
    assert parse("a: 2024-01-31\nb: no\nc: true\nd: 1.5\ne: 0.10.1") == {"a": "2024-01-31", "b": "no", "c": True, "d": 1.5, "e": "0.10.1"}


def test_an_edited_text_changes_what_it_says_and_nothing_else() -> None:
    document = filled(SCHEMA)
    text = written(document, SCHEMA, "it").replace("Some words of acknowledgement", "Thanks")
    made = read_back(text, document, SCHEMA)
    assert [(one.path, one.after) for one in differences(document, made)] == [(("acknowledgement",), "Thanks")]
    assert read_back("", document, SCHEMA) is document
    assert list(made) == list(document)


def test_assignments_set_clear_and_add() -> None:
    form = Form(SCHEMA, _small())
    for one in (
        "name=Another = name",
        "keywords=[a, b]",
        "keywords+=c",
        "contributor.0.email=b@example.org",
        "license=[spdx:CC-BY-4.0]",
        "contributor.0.includeInCitation=no",
    ):
        assign(form, one)
    assign(form, "description=")
    assert form.document["name"] == "Another = name"
    assert form.document["keywords"] == ["a", "b", "c"]
    assert form.document["contributor"][0]["includeInCitation"] is False
    assert "description" not in form.document
    for wrong, words in (
        ("citation=x", "fills this in"),
        ("nme=x", "no such field"),
        ("name", "FIELD=VALUE"),
        ("name+=x", "only a list"),
        ("contributor.7.email=x", "no such"),
    ):
        with pytest.raises(UsageError, match=words):
            assign(form, wrong)


def test_a_description_of_a_megabyte_is_short_in_its_row() -> None:
    form = Form(SCHEMA, _small(description="word " * 200_000))
    row = next(row for row in form.rows() if row.path == ("description",))
    assert len(row.value) <= 200
    assert "at most 10,000" in row.problem
