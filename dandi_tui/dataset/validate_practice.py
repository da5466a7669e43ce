"""Best practices: what nwbinspector says of a file, with its configuration for DANDI."""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dandi_tui.dataset.findings import Finding, Layer, Severity
from dandi_tui.dataset.validate_hints import field_for, hint_for
from dandi_tui.dataset.validate_schema import unreadable_by_pynwb

if TYPE_CHECKING:
    from collections.abc import Iterable

_SEVERITIES = {
    "ERROR": Severity.ERROR,
    "PYNWB_VALIDATION": Severity.ERROR,
    "CRITICAL": Severity.ERROR,
    "BEST_PRACTICE_VIOLATION": Severity.WARNING,
    "BEST_PRACTICE_SUGGESTION": Severity.HINT,
}
_OF_A_CHECK = re.compile(r"During evaluation of '(\w+)' - (.*)", re.DOTALL)
_CLASS = re.compile(r"^<class '[\w.]+'>: ")
_REASON = re.compile(r""", ["']([^"']{8,}(?:'[^"']*'[^"']*)*)["']\)$""")
_READING = "During io.read()"


@lru_cache(maxsize=1)
def checks() -> list[Any]:
    """The checks of nwbinspector, as its configuration for DANDI weighs them."""
    from nwbinspector import configure_checks, load_config

    configured: list[Any] = configure_checks(config=load_config(filepath_or_keyword="dandi"))
    return configured


def practice_findings(path: str) -> list[Finding]:
    """What nwbinspector finds, its critical checks as errors, violations as warnings, suggestions as hints."""
    from nwbinspector import inspect_nwbfile

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        messages = list(inspect_nwbfile(nwbfile_path=path, checks=checks(), skip_validate=True))
    return told_messages(path, messages)


def told_messages(path: str, messages: Iterable[Any]) -> list[Finding]:
    """Messages of nwbinspector as findings."""
    return [_finding(path, message) for message in messages if message is not None]


def _finding(path: str, message: Any) -> Finding:  # noqa: ANN401
    check = str(message.check_function_name)
    if check.startswith(_READING):
        return unreadable_by_pynwb(path, ValueError(_last_line(message.message)))
    failed = _OF_A_CHECK.match(check)
    kind = f"NWBI.failed.{failed[1]}" if failed else f"NWBI.{check}"
    words = f"The check itself failed: {_CLASS.sub('', failed[2])}" if failed else message.message
    return Finding(
        path=path,
        location=str(message.location or ""),
        severity=_SEVERITIES[message.importance.name],
        id=kind,
        message=" ".join(str(words).split())[:1000],
        hint=hint_for(kind),
        layer=Layer.PRACTICE,
        field=field_for(kind),
    )


def _last_line(trace: str) -> str:
    """The words of the error at a traceback's end; of an error that shows what it built, its reason alone."""
    lines = [line for line in str(trace).splitlines() if line.strip()]
    if not lines:
        return ""
    reason = _REASON.search(lines[-1])
    return reason[1] if reason else lines[-1].partition(": ")[2] or lines[-1]
