"""The NWB schema: what pynwb's validator says of a file. The findings are pynwb's."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from dandi_tui.dataset.findings import Finding, Layer, Severity
from dandi_tui.dataset.validate_hints import hint_for
from dandi_tui.dataset.validate_specifications import digest_of_specifications, validators_for
from dandi_tui.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dandi_tui.dataset.validate_specifications import Validators

_MOST_FINDINGS = 2_000


def schema_findings(path: str) -> list[Finding]:
    """What the file's own specifications do not allow; at most 2,000 findings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            errors = list(_errors(path))
        except Exception as error:  # noqa: BLE001 (pynwb raises anything over a broken file)
            return [unreadable_by_pynwb(path, error)]
    return told_errors(path, errors)


def told_errors(path: str, errors: list[Any]) -> list[Finding]:
    """Errors of pynwb's validator as findings, at most 2,000."""
    found = [_finding(path, error) for error in errors[:_MOST_FINDINGS]]
    if len(errors) > _MOST_FINDINGS:
        words = f"{plural(len(errors) - _MOST_FINDINGS, 'further problem')} of this kind"
        found.append(Finding(path=path, severity=Severity.ERROR, id="pynwb.more", message=words, layer=Layer.SCHEMA))
    return found


def unreadable_by_pynwb(path: str, error: BaseException) -> Finding:
    """The finding of a file that pynwb can't read, in its words."""
    words = " ".join(str(error).split())[:500] or type(error).__name__
    if words.startswith("Could not find an IO"):
        words = "it finds no NWB in it"
    return Finding(
        path=path,
        severity=Severity.ERROR,
        id="pynwb.GENERIC",
        message=f"pynwb can't read the file: {words}",
        hint=hint_for("pynwb.GENERIC"),
        layer=Layer.SCHEMA,
    )


def _finding(path: str, error: Any) -> Finding:  # noqa: ANN401
    kind = type(error).__name__.removesuffix("Error")
    name = " ".join(str(error.name).split())[:200]
    return Finding(
        path=path,
        location=_place(error.location),
        severity=Severity.ERROR,
        id=f"pynwb.{kind}.{name}",
        message=f"{name}: {' '.join(str(error.reason).split())[:500]}",
        hint=hint_for(f"pynwb.{kind}"),
        layer=Layer.SCHEMA,
    )


def _place(location: object) -> str:
    return f"/{str(location or '').removeprefix('root').lstrip('/')}"


def _errors(path: str) -> Iterator[Any]:
    from hdmf.build import BuildManager
    from pynwb import NWBHDF5IO

    known = validators_for(path, digest_of_specifications(path))
    with NWBHDF5IO(path, mode="r", manager=BuildManager(type_map=known.type_map)) as io:
        yield from errors_in(io.read_builder(), known)


def errors_in(builder: Any, known: Validators) -> Iterator[Any]:  # noqa: ANN401
    """What pynwb's validators say of a file that was read."""
    for validator in known.validators:
        yield from validator.validate(builder)
