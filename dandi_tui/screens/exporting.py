"""Writing what is shown to a file: by the reader, a piece at a time; or what was computed for the screen, as CSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

from dandi_tui.screens.menu import Ask
from dandi_tui.text import number, safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dandi_tui.screens.pane import Pane


def proposed(name: str) -> str:
    """Where to write to, unless the person says otherwise: the working folder."""
    return str(Path.cwd() / (safe(name).replace("/", "_").lstrip(".") or "values.csv"))


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
