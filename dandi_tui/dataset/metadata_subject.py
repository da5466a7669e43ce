"""The subject of a file as the archive's participant; what can't be understood is left out and said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dandi_tui.dataset.ages import Age, duration_of, parse_age
from dandi_tui.dataset.findings import Finding, Layer, Severity
from dandi_tui.dataset.metadata_facts import NwbFacts, parse_time
from dandi_tui.dataset.species import sex_entry, species_entry, taxon_hint

if TYPE_CHECKING:
    from datetime import datetime

_AGE_HINT = "Write it in ISO 8601: P90D for 90 days, P12W for weeks, P3M for months, P2Y for years, P90D/P100D for a range."
_SEX_HINT = "Write M (male), F (female), O (other) or U (unknown)."


def participant(facts: NwbFacts, start: datetime | None, path: str) -> tuple[dict[str, Any] | None, list[Finding]]:
    """The archive's participant; None where the file has no subject, or one that says nothing.

    Args:
        facts: What the file says of itself.
        start: When its session began.
        path: The file, to be named in findings.
    """
    subject = facts.subject or {}
    findings: list[Finding] = []
    made: dict[str, Any] = {}
    if strain := subject.get("strain"):
        made.update(_strain(strain))
    if age := _age(facts, start, path, findings):
        made["age"] = age
    for field, entry, hint in (("sex", sex_entry, _SEX_HINT), ("species", species_entry, "")):
        text = subject.get(field)
        try:
            if text and (found := entry(text)):
                made[field] = found
        except ValueError as error:
            findings.append(_error(path, field, str(error), hint or taxon_hint(text or "")))
    if "genotype" in subject:
        made["genotype"] = subject["genotype"]
    if "subject_id" in subject:
        made["identifier"] = subject["subject_id"]
    return ({"schemaKey": "Participant", **made} if made else None), findings


def _error(path: str, field: str, message: str, hint: str) -> Finding:
    return Finding(
        path=path,
        location=f"/general/subject/{field}",
        severity=Severity.ERROR,
        id=f"metadata.subject.{field}",
        message=message[0].upper() + message[1:],
        hint=hint,
        layer=Layer.METADATA,
        field=f"subject.{field}",
    )


def _strain(strain: str) -> dict[str, Any]:
    if strain.lower().startswith("cellline:"):
        return {"cellLine": strain.partition(":")[2].strip()}
    return {"strain": {"schemaKey": "StrainType", "name": strain}}


def _age(facts: NwbFacts, start: datetime | None, path: str, findings: list[Finding]) -> dict[str, Any] | None:
    """The age at the session: from the date of birth where there is one, else as it is written."""
    subject = facts.subject or {}
    born = parse_time(subject["date_of_birth"]) if "date_of_birth" in subject else None
    if "date_of_birth" in subject and born is None:
        words = f"the date of birth {subject['date_of_birth']!r} is no date"
        findings.append(_error(path, "date_of_birth", words, "Write it as 2024-05-03T00:00:00+00:00."))
    if born and start:
        if born > start:
            words = f"the subject was born ({born.date()}) after the session began ({start.date()})"
            findings.append(_error(path, "date_of_birth", words, "One of the two dates is wrong."))
        return _age_entry(Age(duration_of(start - born)))
    if "age" not in subject:
        return None
    try:
        found = parse_age(subject["age"])
    except ValueError as error:
        findings.append(_error(path, "age", str(error), _AGE_HINT))
        return None
    return _age_entry(found._replace(reference="Gestational") if facts.age_reference == "gestational" else found)


def _age_entry(age: Age) -> dict[str, Any]:
    reference = {"schemaKey": "PropertyValue", "value": f"dandi:{age.reference}Reference"}
    return {"schemaKey": "PropertyValue", "unitText": "ISO-8601 duration", "value": age.duration, "valueReference": reference}
