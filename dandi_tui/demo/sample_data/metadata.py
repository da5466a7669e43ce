"""Metadata documents of sample Dandisets and assets, shaped as the archive's schema 0.7.0."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

SPECIES = {
    "mouse": ("http://purl.obolibrary.org/obo/NCBITaxon_10090", "Mus musculus - House mouse"),
    "human": ("http://purl.obolibrary.org/obo/NCBITaxon_9606", "Homo sapiens - Human"),
    "rat": ("http://purl.obolibrary.org/obo/NCBITaxon_10116", "Rattus norvegicus - Norway rat"),
}
APPROACHES = {
    "ecephys": "electrophysiological approach",
    "icephys": "electrophysiological approach",
    "ophys": "microscopy approach; cell population imaging",
    "behavior": "behavioral approach",
    "image": "behavioral approach",
}
TECHNIQUES = {
    "ecephys": "multi electrode extracellular electrophysiology recording technique",
    "icephys": "patch clamp technique",
    "ophys": "two-photon microscopy technique",
    "behavior": "behavioral technique",
    "image": "behavioral technique",
}
_SEX = {
    "M": ("http://purl.obolibrary.org/obo/PATO_0000384", "Male"),
    "F": ("http://purl.obolibrary.org/obo/PATO_0000383", "Female"),
}


_FUNDER = {
    "name": "Example Foundation",
    "schemaKey": "Organization",
    "roleName": ["dcite:Funder"],
    "awardNumber": "EF-2024-17",
    "includeInCitation": False,
}
_CODE = {
    "schemaKey": "Resource",
    "name": "Analysis code",
    "url": "https://example.org/code",
    "relation": "dcite:IsSupplementedBy",
    "resourceType": "dcite:ComputationalNotebook",
}


class Study(msgspec.Struct, frozen=True, kw_only=True):
    """What a Dandiset is about, in few words."""

    name: str
    description: str
    species: str
    modalities: tuple[str, ...]
    variables: tuple[str, ...]
    keywords: tuple[str, ...]
    people: tuple[str, ...] = ("Doe, Alice", "Roe, Bob")
    license: str = "spdx:CC-BY-4.0"
    anatomy: str = ""
    subjects: int = 0


def dandiset_metadata(study: Study) -> dict[str, Any]:
    """The metadata that the owner of such a study would have written."""
    identifier, species = SPECIES[study.species]
    first, *others = study.people
    people = [_person(first, ["dcite:ContactPerson", "dcite:Author"])] + [_person(name, ["dcite:Author"]) for name in others]
    found: dict[str, Any] = {
        "name": study.name,
        "description": study.description,
        "contributor": [*people, _FUNDER],
        "license": [study.license],
        "keywords": list(study.keywords),
        "protocol": ["https://doi.org/10.17504/protocols.io.example"],
        "studyTarget": ["How populations of neurons carry what an animal does next"],
        "ethicsApproval": [{"schemaKey": "EthicsApproval", "identifier": "EX-2024-031"}],
        "relatedResource": [_CODE],
        "assetsSummary": {
            "species": [{"schemaKey": "SpeciesType", "identifier": identifier, "name": species}],
            "approach": _named("ApproachType", APPROACHES, study.modalities),
            "measurementTechnique": _named("MeasurementTechniqueType", TECHNIQUES, study.modalities),
            "variableMeasured": list(study.variables),
            "numberOfSubjects": study.subjects,
        },
    }
    if study.anatomy:
        about = {"schemaKey": "Anatomy", "name": study.anatomy, "identifier": "http://purl.obolibrary.org/obo/UBERON_0000955"}
        found["about"] = [about]
    return found


def _named(kind: str, names: dict[str, str], modalities: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"schemaKey": kind, "name": name} for name in sorted({names[one] for one in modalities})]


def _person(name: str, roles: list[str]) -> dict[str, Any]:
    first = name.partition(", ")[2].split()[0].lower()
    return {
        "name": name,
        "schemaKey": "Person",
        "email": f"{first}@example.org",
        "roleName": roles,
        "affiliation": [{"name": "Example University", "schemaKey": "Affiliation"}],
        "includeInCitation": True,
    }


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """One session of one subject."""

    subject: str
    session: str
    start: datetime
    species: str = "mouse"
    sex: str = "F"
    age: str = "P90D"
    description: str = ""
    modalities: tuple[str, ...] = ("ecephys",)
    variables: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The path that organizing gives the file."""
        return f"sub-{self.subject}/sub-{self.subject}_ses-{self.session}_{'+'.join(sorted(self.modalities))}.nwb"


def asset_metadata(recording: Recording, *, seconds: float = 0.0) -> dict[str, Any]:
    """The metadata that a client would send with the file of a recording of `seconds` seconds."""
    stamp = datetime(2025, 1, 15, 12, tzinfo=UTC).isoformat()
    return {
        "encodingFormat": "application/x-nwb",
        "dateModified": stamp,
        "blobDateModified": stamp,
        "approach": _named("ApproachType", APPROACHES, recording.modalities),
        "measurementTechnique": _named("MeasurementTechniqueType", TECHNIQUES, recording.modalities),
        "variableMeasured": [{"schemaKey": "PropertyValue", "value": name} for name in recording.variables],
        "wasAttributedTo": [_participant(recording)],
        "wasGeneratedBy": [
            {
                "schemaKey": "Session",
                "identifier": recording.session,
                "name": recording.session,
                "description": recording.description,
                "startDate": recording.start.isoformat(),
                "endDate": (recording.start + timedelta(seconds=seconds)).isoformat(),
            }
        ],
    }


def _participant(recording: Recording) -> dict[str, Any]:
    identifier, species = SPECIES[recording.species]
    sex_identifier, sex = _SEX[recording.sex]
    return {
        "schemaKey": "Participant",
        "identifier": recording.subject,
        "species": {"schemaKey": "SpeciesType", "identifier": identifier, "name": species},
        "sex": {"schemaKey": "SexType", "identifier": sex_identifier, "name": sex},
        "age": {
            "schemaKey": "PropertyValue",
            "value": recording.age,
            "unitText": "ISO-8601 duration",
            "valueReference": {"schemaKey": "PropertyValue", "value": "dandi:BirthReference"},
        },
    }
