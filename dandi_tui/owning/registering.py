"""Registering a Dandiset: what the archive asks for, checked before it is sent."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from dandi_tui.api.ownership import Embargo
from dandi_tui.describe.checks import CONTACT
from dandi_tui.errors import FieldProblem

if TYPE_CHECKING:
    from dandi_tui.api.client import ArchiveClient
    from dandi_tui.api.models import Dandiset, User

LONGEST_TITLE = 150
LONGEST_DESCRIPTION = 10_000
LONGEST_AWARD = 120
LONGEST_EMBARGO = timedelta(days=730)
LONGEST_FUNDED = timedelta(days=1825)
_NUMBER = re.compile("[0-9]{1,6}")


class Registration(msgspec.Struct, frozen=True):
    """What a new Dandiset begins with.

    Attributes:
        name: Its title.
        description: What it is about.
        license: One of the archive's licences; none for an embargoed one, where it is chosen later.
        embargoed: Whether only owners may see it at first.
        until: The last day of the embargo; empty: two years from today.
        funder: Who funds it; with `award`, an embargo may last five years.
        award: The award's number.
        number: The Dandiset's number, which administrators alone may choose; empty: the archive's next.
    """

    name: str = ""
    description: str = ""
    license: str = ""
    embargoed: bool = False
    until: str = ""
    funder: str = ""
    award: str = ""
    number: str = ""


def problems(asked: Registration, today: date) -> list[FieldProblem]:
    """What is wrong with it, by the fields of `Registration`; empty when it can be sent."""
    found = list(_of_texts(asked))
    if asked.number and not _NUMBER.fullmatch(asked.number):
        found.append(FieldProblem("number", "write it as 000123: at most six digits"))
    if asked.embargoed:
        found += _of_embargo(asked, today)
    return found


def _of_texts(asked: Registration) -> list[FieldProblem]:
    found = []
    if not asked.name.strip():
        found.append(FieldProblem("name", "must be given"))
    for field, text, most in (
        ("name", asked.name, LONGEST_TITLE), ("description", asked.description, LONGEST_DESCRIPTION), ("award", asked.award, LONGEST_AWARD),
    ):  # fmt: skip
        if len(text) > most:
            found.append(FieldProblem(field, f"has {len(text):,} characters; at most {most:,} are allowed"))
    return found


def _of_embargo(asked: Registration, today: date) -> list[FieldProblem]:
    found = []
    if asked.funder and not asked.award:
        found.append(FieldProblem("award", "a funder goes with the number of its award"))
    if asked.award and not asked.funder:
        found.append(FieldProblem("funder", "an award goes with who gives it"))
    if asked.until:
        latest = today + (LONGEST_FUNDED if asked.funder else LONGEST_EMBARGO)
        try:
            until = date.fromisoformat(asked.until)
        except ValueError:
            return [*found, FieldProblem("until", "write the day as 2027-01-31")]
        if not today < until <= latest:
            years = "five years, with an award" if asked.funder else "two years; five with an award"
            found.append(FieldProblem("until", f"must be after today and not after {latest} ({years})"))
    return found


def advice(asked: Registration, instance_name: str) -> str:
    """Words of caution before it is registered; empty without."""
    if "test" in asked.name.casefold().split() and "sandbox" not in instance_name and instance_name in {"dandi", "linc", "ember-dandi"}:
        return "Tests belong to the sandbox: -i dandi-sandbox."
    return ""


def metadata_of(asked: Registration, schema_version: str, instance_name: str = "") -> dict[str, Any]:
    """The metadata that goes with it; what was left empty is left out.

    Args:
        asked: What it begins with.
        schema_version: The archive's.
        instance_name: What stands before the colon of the archive's identifiers.
    """
    made: dict[str, Any] = {"schemaVersion": schema_version} if schema_version else {}
    made["name"] = asked.name.strip()
    if asked.description.strip():
        made["description"] = asked.description
    if asked.license:
        made["license"] = [asked.license]
    if asked.number:
        made["identifier"] = f"{instance_name or 'DANDI'}:{asked.number.zfill(6)}"
    return made


async def register(client: ArchiveClient, asked: Registration, user: User | None = None) -> Dandiset:
    """Registers it. Where the archive made the funder its only contributor, its creator is added as contact person.

    Raises:
        ArchiveError: The archive refuses it; `fields` says where.
    """
    info = await client.info()
    embargo = None
    if asked.embargoed:
        embargo = Embargo(date.fromisoformat(asked.until) if asked.until else None, asked.funder.strip(), asked.award.strip())
    made = await client.ownership.create(asked.name.strip(), metadata_of(asked, info.schema_version, info.instance_config.instance_name), embargo)
    if asked.embargoed and asked.funder:
        await _add_contact(client, made.identifier, user or await client.me())
    return made


async def _add_contact(client: ArchiveClient, dandiset_id: str, user: User) -> None:
    document = await client.version_metadata(dandiset_id, "draft")
    people = [one for one in document.get("contributor") or [] if isinstance(one, dict)]
    if any(CONTACT in (one.get("roleName") or []) for one in people):
        return
    me = next((one for one in await client.owners(dandiset_id) if one.username == user.username), None)
    contact = {"schemaKey": "Person", "name": family_first(user.name), "roleName": [CONTACT], "includeInCitation": True}
    if me and me.email:
        contact["email"] = me.email
    await client.ownership.save_metadata(dandiset_id, {**document, "contributor": [contact, *people]})


def family_first(name: str) -> str:
    """A name as the archive writes it: `Doe, Alice` of `Alice Doe`."""
    given, _, family = name.strip().rpartition(" ")
    return f"{family}, {given}" if given else name.strip()
