"""All that the metadata of a Dandiset's version says, as names and words. Any field may be missing or of another type."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dandi_tui.api.json_values import list_of, names_of, record_of, records_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

Facts = list[tuple[str, str]]
"""Names and words; an empty name goes on with what the one before it tells."""


def dandiset_facts(metadata: dict[str, Any]) -> Facts:
    """What a version's metadata says beside name and description, in the order that people ask for it."""
    content = record_of(metadata.get("assetsSummary"))
    return [
        *_rows("contributors", (_contributor(one) for one in records_of(metadata.get("contributor")) if not _is_funder(one))),
        *_rows("funding", (_funder(one) for one in records_of(metadata.get("contributor")) if _is_funder(one))),
        ("licence", ", ".join(text_of(name).removeprefix("spdx:") for name in list_of(metadata.get("license")))),
        *_rows("access", (_access(one) for one in records_of(metadata.get("access")))),
        ("species", ", ".join(names_of(content.get("species")))),
        ("approach", ", ".join(names_of(content.get("approach")))),
        ("technique", ", ".join(names_of(content.get("measurementTechnique")))),
        ("variables", ", ".join(filter(None, map(text_of, list_of(content.get("variableMeasured")))))),
        ("standards", ", ".join(names_of(content.get("dataStandard")))),
        ("keywords", ", ".join(filter(None, map(text_of, list_of(metadata.get("keywords")))))),
        ("about", ", ".join(names_of(metadata.get("about")))),
        *_rows("protocols", map(text_of, list_of(metadata.get("protocol")))),
        *_rows("ethics", (_ethics(one) for one in records_of(metadata.get("ethicsApproval")))),
        *_rows("related", (_related(one) for one in records_of(metadata.get("relatedResource")))),
        *_rows("projects", (text_of(one.get("name")) for one in records_of(metadata.get("wasGeneratedBy")))),
        ("thanks", text_of(metadata.get("acknowledgement"))),
        ("doi", text_of(metadata.get("doi"))),
        ("citation", text_of(metadata.get("citation"))),
    ]


def _rows(name: str, words: Iterator[str]) -> Iterator[tuple[str, str]]:
    for one in filter(None, words):
        yield name, one
        name = ""


def role_words(role: str) -> str:
    """A role as people read it: `contact person` of `dcite:ContactPerson`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", role.rpartition(":")[2]).lower()


def _is_funder(person: dict[str, Any]) -> bool:
    roles = list_of(person.get("roleName"))
    return person.get("schemaKey") == "Organization" and any(role in roles for role in ("dcite:Funder", "dcite:Sponsor"))


def _contributor(person: dict[str, Any]) -> str:
    roles = ", ".join(role_words(role) for role in list_of(person.get("roleName")) if isinstance(role, str))
    identifier = text_of(person.get("identifier"))
    orcid = f"ORCID {identifier}" if identifier and person.get("schemaKey", "Person") == "Person" else identifier
    places = ", ".join(names_of(person.get("affiliation")))
    return " · ".join(filter(None, [text_of(person.get("name")), roles, orcid, places]))


def _funder(person: dict[str, Any]) -> str:
    return " · ".join(filter(None, [text_of(person.get("name")), text_of(person.get("awardNumber"))]))


def _access(access: dict[str, Any]) -> str:
    status = role_words(text_of(access.get("status"))).removesuffix(" access")
    until = text_of(access.get("embargoedUntil"))
    return f"{status} until {until[:10]}" if until and status == "embargoed" else status


def _ethics(approval: dict[str, Any]) -> str:
    contact = approval.get("contactPoint")
    committee = text_of(contact.get("name")) if isinstance(contact, dict) else ""
    return " · ".join(filter(None, [text_of(approval.get("identifier")), committee]))


def _related(resource: dict[str, Any]) -> str:
    relation = role_words(text_of(resource.get("relation")))
    return " · ".join(filter(None, [relation, text_of(resource.get("name")), text_of(resource.get("url")) or text_of(resource.get("identifier"))]))
