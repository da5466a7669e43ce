"""What a citation is made of: a version's name, people, year, number, DOI and address."""

from __future__ import annotations

from typing import Any

import msgspec


class Facts(msgspec.Struct, frozen=True):
    """The parts of a citation; authors are written `Family, Given`, absent parts are empty."""

    name: str
    authors: list[str]
    year: str
    version: str
    identifier: str
    doi: str
    url: str


def facts_of(metadata: dict[str, Any]) -> Facts:
    """The parts of a version's citation, from its metadata."""
    people = metadata.get("contributor")
    authors = [
        str(one.get("name", ""))
        for one in (people if isinstance(people, list) else [])
        if isinstance(one, dict) and one.get("includeInCitation") and one.get("schemaKey", "Person") == "Person"
    ]
    doi = str(metadata.get("doi") or "")
    when = str(metadata.get("datePublished") or metadata.get("dateCreated") or "")
    return Facts(
        name=str(metadata.get("name") or ""),
        authors=authors,
        year=when[:4],
        version=str(metadata.get("version") or ""),
        identifier=str(metadata.get("identifier") or "").rpartition(":")[2],
        doi=doi,
        url=f"https://doi.org/{doi}" if doi else str(metadata.get("url") or ""),
    )
