"""What a metadata document says at a glance. Any field may be missing or of another type: it is then left out."""

from __future__ import annotations

from typing import Any

import msgspec

from dandi_tui.api.json_values import list_of, names_of, record_of, records_of, text_of


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
    people = records_of(metadata.get("contributor"))
    assets = record_of(metadata.get("assetsSummary"))
    contacts = [person for person in people if "dcite:ContactPerson" in list_of(person.get("roleName"))]
    return DandisetSummary(
        description=text_of(metadata.get("description")),
        people=tuple(text_of(person.get("name")) for person in people if person.get("includeInCitation")),
        contact=text_of(contacts[0].get("name")) if contacts else "",
        licenses=tuple(text_of(name).removeprefix("spdx:") for name in list_of(metadata.get("license"))),
        access=next((text_of(one.get("status")).removeprefix("dandi:") for one in records_of(metadata.get("access"))), ""),
        species=tuple(_common_name(name) for name in names_of(assets.get("species"))),
        approaches=names_of(assets.get("approach")),
        techniques=names_of(assets.get("measurementTechnique")),
        variables=tuple(text_of(name) for name in list_of(assets.get("variableMeasured"))),
        keywords=tuple(text_of(word) for word in list_of(metadata.get("keywords"))),
        subjects=assets["numberOfSubjects"] if isinstance(assets.get("numberOfSubjects"), int) else 0,
        doi=text_of(metadata.get("doi")),
        citation=text_of(metadata.get("citation")),
        published=text_of(metadata.get("datePublished")),
    )


def asset_facts(metadata: dict[str, Any]) -> list[tuple[str, str]]:
    """What an asset's metadata says of its subject, session and content: pairs of name and words."""
    facts: list[tuple[str, str]] = [("type", text_of(metadata.get("encodingFormat")))]
    for person in records_of(metadata.get("wasAttributedTo")):
        facts.append(("subject", text_of(person.get("identifier"))))
        for name in ("species", "sex", "strain"):
            value = person.get(name)
            facts.append((name, text_of(value.get("name") if isinstance(value, dict) else value)))
        age = person.get("age")
        facts.append(("age", text_of(age.get("value")) if isinstance(age, dict) else ""))
    for session in records_of(metadata.get("wasGeneratedBy")):
        if session.get("schemaKey") == "Session":
            facts += [("session", text_of(session.get("identifier"))), ("start", text_of(session.get("startDate")))]
            facts.append(("about", text_of(session.get("description"))))
    facts.append(("approach", ", ".join(names_of(metadata.get("approach")))))
    facts.append(("technique", ", ".join(names_of(metadata.get("measurementTechnique")))))
    variables = [text_of(one.get("value")) for one in records_of(metadata.get("variableMeasured"))]
    facts.append(("variables", ", ".join(variables)))
    digest = metadata.get("digest")
    for kind, value in digest.items() if isinstance(digest, dict) else ():
        facts.append((text_of(kind).removeprefix("dandi:"), text_of(value)))
    return [(name, words) for name, words in facts if words]


def _common_name(name: str) -> str:
    """`House mouse` of `Mus musculus - House mouse`; the whole name where it has no other half."""
    return name.partition(" - ")[2] or name
