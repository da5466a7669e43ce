"""Writing what is shown to a file: by the reader, a piece at a time; or what was computed for the screen, as CSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from dandi_tui.nwb.messages import Export
from dandi_tui.screens.menu import Ask, Choice
from dandi_tui.text import number, plural, safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dandi_tui.screens.nwb_view import ViewPane
    from dandi_tui.screens.pane import Pane

T = TypeVar("T")


def proposed(name: str) -> str:
    """Where to write to, unless the person says otherwise: the working folder."""
    return str(Path.cwd() / (safe(name).replace("/", "_").lstrip(".") or "values.csv"))


def export_rows(pane: ViewPane[T], path: str, place: list[int], total: int, near: tuple[int, int], *, is_array: bool) -> None:
    """Asks which rows of an object are written, how and where to, and has the reader write them.

    Args:
        pane: The view that shows them.
        path: The object.
        place: Where in further dimensions the rows stand.
        total: How many rows there are.
        near: The rows around the cursor: the first, and the one after the last.
        is_array: Whether they are the numbers of one array.
    """
    numbers = "" if is_array else "NPY holds the numbers of one array: this is a table"
    choices = [
        Choice("all csv", f"all {number(total)} rows as CSV"),
        Choice("some csv", f"rows {near[0]:,} – {near[1] - 1:,} as CSV"),
        Choice("all npy", f"all {number(total)} rows as NPY", reason=numbers),
        Choice("some npy", f"rows {near[0]:,} – {near[1] - 1:,} as NPY", reason=numbers),
    ]

    def chosen(value: str) -> None:
        which, _, ending = value.partition(" ")
        start, stop = (0, None) if which == "all" else near

        def answered(text: str | None) -> None:
            if text:
                pane.run_worker(_written(pane, Export(path, text, start, stop, place)), exit_on_error=False)

        pane.app.push_screen(Ask(f"Write {ending.upper()} to the file", proposed(f"{path.strip('/').replace('/', '_')}.{ending}")), answered)

    pane.tui.choose("Write to a file", choices, chosen)


async def _written(pane: ViewPane[T], asked: Export) -> None:
    found = await pane.asked(asked, lambda reader, request: reader.export(request))
    if found is not None:
        pane.say(f"{plural(found.rows, 'row')} written to {found.file}", "good")


def export_csv(pane: Pane, name: str, rows: Sequence[Sequence[str]]) -> None:
    """Asks where to, and writes rows as CSV; never over a file that is there."""

    def answered(text: str | None) -> None:
        if not text:
            return
        place = Path(text).expanduser()
        held = io.StringIO()
        csv.writer(held).writerows([[safe(cell) for cell in row] for row in rows])
        try:
            with place.open("x", encoding="utf-8", newline="") as file:
                file.write(held.getvalue())
        except FileExistsError:
            pane.say(f"{place} is there already; it was left as it is.", "warn")
        except OSError as error:
            pane.say(f"{place} can't be written: {error.strerror}", "error")
        else:
            pane.say(f"{number(len(rows) - 1)} rows written to {place}", "good")

    pane.app.push_screen(Ask("Write CSV to the file", proposed(name)), answered)
