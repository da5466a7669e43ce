"""The question what becomes of what stands where files of a transfer belong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dandi_tui.screens.menu import Choice
from dandi_tui.text import plural, safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dandi_tui.transfer.model import FileView, JobView


def place_title(asking: Sequence[FileView]) -> str:
    """What is asked."""
    if len(asking) == 1:
        return f"Another stands at {safe(asking[0].path)}"
    return f"Others stand where {plural(len(asking), 'file')} belong"


def place_choices(job: JobView) -> list[Choice]:
    """What can be said."""
    if job.kind == "download":
        notes = "this one is skipped, what was fetched of it is removed", "this one is fetched, and takes its place"
    else:
        notes = "this one is skipped", "this one is sent, and takes its place in the draft"
    return [Choice("keep", "keep what is there", note=notes[0]), Choice("replace", "replace it", note=notes[1])]


def place_words(word: str, count: int) -> str:
    """What was done."""
    done = {"keep": "stays, and counts as skipped", "replace": "is being replaced"}[word]
    return f"what stands there {done}: {plural(count, 'file')}"
