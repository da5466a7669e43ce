"""Metadata in the older schema of an archive are those that dandischema makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from dandischema.consts import ALLOWED_TARGET_SCHEMAS, DANDI_SCHEMA_VERSION
from dandischema.metadata import migrate

from dandi_tui.dataset.metadata import asset_metadata
from dandi_tui.transfer.reading import fitted

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("version", ALLOWED_TARGET_SCHEMAS)
@pytest.mark.parametrize("name", ["nwb2bids__sub-001_ses-A_ecephys.nwb", "ndx-events__example_usage.nwb"])
def test_metadata_of_files_are_those_that_dandischema_makes_of_them(shared: Path, name: str, version: str) -> None:
    made = {**asset_metadata(shared / "nwb" / name, "sub-1/a.nwb").metadata, "schemaKey": "Asset"}
    assert fitted(made, version) == migrate(made, to_version=version, skip_validation=True)
    assert made["schemaVersion"] == DANDI_SCHEMA_VERSION


@pytest.mark.parametrize("fields", [{"sameAs": []}, {"releaseNotes": ""}])
def test_fields_that_an_older_schema_does_not_have_are_taken_away(fields: dict[str, object]) -> None:
    made = {"schemaVersion": DANDI_SCHEMA_VERSION, "path": "a.nwb", **fields}
    for version in ALLOWED_TARGET_SCHEMAS:
        assert fitted(made, version) == migrate(made, to_version=version, skip_validation=True)


def test_what_can_not_be_said_in_an_older_schema_and_unknown_versions_leave_metadata_as_they_are() -> None:
    made = {"schemaVersion": DANDI_SCHEMA_VERSION, "sameAs": ["dandi:DANDI:000001"]}
    assert [fitted(made, version) for version in ("0.7.0", "0.1.0", "99.0.0", "", "no version")] == [made] * 5
