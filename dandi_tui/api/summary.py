"""What a metadata document says at a glance. Any field may be missing or of another type: it is then left out."""

from __future__ import annotations

from typing import Any

import msgspec


class DandisetSummary(msgspec.Struct, frozen=True):
    """A Dandiset version at a glance; texts are as the archive gives them."""

    description: str
    people: tuple[str, ...]
    contact: str
    licenses: tuple[str, ...]
    access: str
    species: tuple[str, ...]
    approaches: tuple[str, ...]
    techniques: tuple[str, ...]
    variables: tuple[str, ...]
    keywords: tuple[str, ...]
    subjects: int
    doi: str
    citation: str
    published: str


def summarize(metadata: dict[str, Any]) -> DandisetSummary:
    """The summary of a Dandiset version's metadata."""
    people = _records(metadata.get("contributor"))
    assets = metadata.get("assetsSummary") if isinstance(metadata.get("assetsSummary"), dict) else {}
    assert isinstance(assets, dict)  # noqa: S101 (for the type checker)
    contacts = [person for person in people if "dcite:ContactPerson" in _list(person.get("roleName"))]
    return DandisetSummary(
        description=_text(metadata.get("description")),
        people=tuple(_text(person.get("name")) for person in people if person.get("includeInCitation")),
        contact=_text(contacts[0].get("name")) if contacts else "",
        licenses=tuple(_text(name).removeprefix("spdx:") for name in _list(metadata.get("license"))),
        access=next((_text(one.get("status")).removeprefix("dandi:") for one in _records(metadata.get("access"))), ""),
        species=tuple(_common_name(name) for name in _names(assets.get("species"))),
        approaches=_names(assets.get("approach")),
        techniques=_names(assets.get("measurementTechnique")),
        variables=tuple(_text(name) for name in _list(assets.get("variableMeasured"))),
        keywords=tuple(_text(word) for word in _list(metadata.get("keywords"))),
        subjects=assets["numberOfSubjects"] if isinstance(assets.get("numberOfSubjects"), int) else 0,
        doi=_text(metadata.get("doi")),
        citation=_text(metadata.get("citation")),
        published=_text(metadata.get("datePublished")),
    )


def asset_facts(metadata: dict[str, Any]) -> list[tuple[str, str]]:
    """What an asset's metadata says of its subject, session and content: pairs of name and words."""
    facts: list[tuple[str, str]] = [("type", _text(metadata.get("encodingFormat")))]
    for person in _records(metadata.get("wasAttributedTo")):
        facts.append(("subject", _text(person.get("identifier"))))
        for name in ("species", "sex", "strain"):
            value = person.get(name)
            facts.append((name, _text(value.get("name") if isinstance(value, dict) else value)))
        age = person.get("age")
        facts.append(("age", _text(age.get("value")) if isinstance(age, dict) else ""))
    for session in _records(metadata.get("wasGeneratedBy")):
        if session.get("schemaKey") == "Session":
            facts += [("session", _text(session.get("identifier"))), ("start", _text(session.get("startDate")))]
            facts.append(("about", _text(session.get("description"))))
    facts.append(("approach", ", ".join(_names(metadata.get("approach")))))
    facts.append(("technique", ", ".join(_names(metadata.get("measurementTechnique")))))
    variables = [_text(one.get("value")) for one in _records(metadata.get("variableMeasured"))]
    facts.append(("variables", ", ".join(variables)))
    digest = metadata.get("digest")
    for kind, value in digest.items() if isinstance(digest, dict) else ():
        facts.append((_text(kind).removeprefix("dandi:"), _text(value)))
    return [(name, words) for name, words in facts if words]


def _text(value: Any) -> str:  # noqa: ANN401 (any JSON)
    return value if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:  # noqa: ANN401
    return value if isinstance(value, list) else []


def _records(value: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    return [one for one in _list(value) if isinstance(one, dict)]


def _names(value: Any) -> tuple[str, ...]:  # noqa: ANN401
    return tuple(name for one in _records(value) if (name := _text(one.get("name"))))


def _common_name(name: str) -> str:
    """`House mouse` of `Mus musculus - House mouse`; the whole name where it has no other half."""
    return name.partition(" - ")[2] or name
