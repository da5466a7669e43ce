"""Choosing a folder or file of this machine: a path is typed or completed, what stands there is listed as it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.widgets import Input

from dandi_tui.dataset.listing import Entry, Typed, begun_anew, completed, entries_of, matching, short, typed
from dandi_tui.screens.behind import WorksBehind
from dandi_tui.screens.field_over_list import FieldOverList
from dandi_tui.screens.streaming import batches
from dandi_tui.text import clip, clip_middle, pad, safe
from dandi_tui.widgets.line import Line, Piece
from dandi_tui.widgets.line_list import LineList
from dandi_tui.widgets.lines import Lines, rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from dandi_tui.app import DandiTuiApp

_ROWS = 12


class _Rows:
    """The place itself, where it is one, recent ones while nothing is typed, then what stands in the folder and fits what is typed."""

    def __init__(self) -> None:
        self.place = ""
        self.recent: Sequence[str] = ()
        self.entries: list[Entry] = []
        self.note = ""

    def __len__(self) -> int:
        return bool(self.place) + len(self.recent) + len(self.entries)

    def entry(self, row: int) -> Entry | str | None:
        """The entry of a row, or a recent path; None where the row is the place itself."""
        at = row - bool(self.place)
        beyond = at - len(self.recent)
        return self.recent[at] if at >= 0 and beyond < 0 else self.entries[beyond] if 0 <= beyond < len(self.entries) else None

    def line(self, row: int, cells: int, *, cursor: bool) -> Line:
        entry = self.entry(row)
        if isinstance(entry, str):
            return (Piece(pad(f" recent {clip_middle(safe(short(entry)), cells - 10)}", cells), "folder"),)
        if entry is None:
            return (Piece(pad(f" take {clip_middle(safe(short(self.place)), cells - 8)}", cells), "title"),)
        return (Piece(pad(f"   {clip(safe(entry.name), cells - 6)}{'/' if entry.is_folder else ''}", cells), "folder" if entry.is_folder else ""),)

    def empty(self, cells: int) -> Sequence[Line]:
        return [(Piece(pad(f" {clip(safe(self.note), cells - 2)}", cells), "dim"),)]


class FolderPicker(WorksBehind, FieldOverList):
    """Asks for a folder or an NWB file.

    Args:
        title: What it is for.
        start: The path that stands there first.
        suffixes: Files that can be taken, by the ends of their names; none: folders alone, be they there or not.
        recent: Paths that were taken before, offered until anything is typed.
    """

    BINDINGS: ClassVar = [
        Binding("tab", "complete", show=False, priority=True),
    ]

    def __init__(self, title: str, start: str, *, suffixes: tuple[str, ...] = (".nwb",), recent: Sequence[str] = ()) -> None:
        super().__init__()
        self.heading = title
        self.start = start
        self.suffixes = suffixes
        self.recent = recent
        self.rows = _Rows()
        self._known: dict[str, list[Entry]] = {}
        self._shown = ""

    def compose(self) -> ComposeResult:
        """Lays the picker at the bottom."""
        yield Lines(self._title, id="menu-title")
        field = Input(self.start, id="menu-input", compact=True, select_on_focus=False)
        field.cursor_blink = False
        yield field
        rows = LineList(self.rows, id="menu-list")
        rows.styles.height = min(_ROWS, max(3, self.app.size.height - 6))
        yield rows

    def _title(self, cells: int) -> Sequence[Line]:
        app: DandiTuiApp = self.app  # type: ignore[assignment]
        words = [Piece(safe(self.heading), "title"), Piece("  Tab completes, Enter goes in or takes, Esc leaves", "dim")]
        return [rule(cells, app.signs.rule, words)]

    def on_mount(self) -> None:
        """Lists the folder that stands there."""
        self.set_focus(self.query_one(Input))
        self._look(self.start)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrows the list, and lists another folder once its name ends with a slash."""
        if (anew := begun_anew(event.value)) != event.value:
            self._type(anew)
        else:
            self._look(event.value)

    def _look(self, text: str) -> None:
        where = typed(text)
        if where.folder not in self._known:
            self._known[where.folder] = []
            self.rows.note = "listing…"
            self.run_worker(self._list(where.folder), group="list", exclusive=True, exit_on_error=False)
        self._show(text)

    async def _list(self, folder: str) -> None:
        try:
            async for batch in batches(lambda: entries_of(folder)):
                self._known[folder] += [one for one in batch if one.is_folder or one.name.lower().endswith(self.suffixes or ("/",))]
                self._show(self.query_one(Input).value)
            note = "nothing that can be taken is in here"
        except OSError as error:
            note = error.strerror or str(error)
            self._known.pop(folder, None)
        if self.is_mounted:
            self.rows.note = note
            self._show(self.query_one(Input).value)

    def _show(self, text: str) -> None:
        where = typed(text)
        known = self._known.get(where.folder, [])
        self.rows.recent = self.recent if text == self.start else ()
        self.rows.entries = matching(known, where.start)
        exact = next((one for one in known if one.name == where.start), None)
        self.rows.place = where.path if (exact or (not where.start and known)) else ""
        self.query_one(LineList).reload(cursor=0 if self._shown != text else None)
        self._shown = text

    def action_complete(self) -> None:
        """Completes the path as far as there is no choice."""
        field = self.query_one(Input)
        where = typed(field.value)
        self._type(field.value[: len(field.value) - len(where.start)] + completed(self._known.get(where.folder, []), where.start))

    def _type(self, text: str) -> None:
        field = self.query_one(Input)
        field.value = text
        field.cursor_position = len(text)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Goes into the folder under the cursor, or takes the place."""
        self._take(event.value)

    def on_line_list_clicked(self) -> None:
        """A click on the cursor's row goes in or takes."""
        self._take(self.query_one(Input).value)

    def _take(self, text: str) -> None:
        where = typed(text)
        entry = self.rows.entry(self.query_one(LineList).cursor)
        if isinstance(entry, str):
            self._type(entry)
        elif entry is not None and entry.is_folder:
            self._type(text[: len(text) - len(where.start)] + entry.name + "/")
        elif entry is not None:
            self.dismiss(Typed(where.folder, entry.name).path)
        elif self.rows.place or not self.suffixes or where.there:
            self.dismiss(where.path)
