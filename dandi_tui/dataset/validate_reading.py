"""One reading of a file for both judges: pynwb's validator goes over what was read, nwbinspector over the objects made of the same.

Each alone opens and reads the file by itself, which takes more time than its checks. The findings are those of the two alone: where
anything fails on this way, both are asked apart, and what they say of the failure stands.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from dandi_tui.dataset.validate_practice import checks, practice_findings, told_messages
from dandi_tui.dataset.validate_schema import errors_in, schema_findings, told_errors
from dandi_tui.dataset.validate_specifications import digest_of_specifications, type_map_for, validators_for

if TYPE_CHECKING:
    from dandi_tui.dataset.findings import Finding


def schema_and_practice(path: str) -> tuple[list[Finding], list[Finding]]:
    """What pynwb's validator says of a file, and what nwbinspector says of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _of_one_reading(path)
        except Exception:  # noqa: BLE001 (pynwb and the checks raise anything)
            return schema_findings(path), practice_findings(path)


def _of_one_reading(path: str) -> tuple[list[Finding], list[Finding]]:
    from hdmf.build import BuildManager
    from nwbinspector import inspect_nwbfile_object
    from pynwb import NWBHDF5IO

    digest = digest_of_specifications(path)
    known = validators_for(path, digest)
    # What is read does not depend on the types; objects are made by the same ones as `pynwb.read_nwb` makes them by.
    with NWBHDF5IO(path, mode="r", manager=BuildManager(type_map=type_map_for(path, digest))) as io:
        errors = list(errors_in(io.read_builder(), known))
        messages = list(inspect_nwbfile_object(nwbfile_object=io.read(), checks=checks()))
    return told_errors(path, errors), told_messages(path, messages)
