"""What the archive finds wrong with a version: the Dandiset's own problems, then file by file, each file to be gone to."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import msgspec

from dandi_tui.api.remedies import remedy
from dandi_tui.api.targets import Target
from dandi_tui.errors import DandiTuiError
from dandi_tui.screens.copying import copy_place
from dandi_tui.screens.opening import show_asset
from dandi_tui.screens.pane import Pane
from dandi_tui.screens.preview import in_full
from dandi_tui.text import clip, clip_middle, plural, safe, width
from dandi_tui.widgets.line import Line, Piece
from dandi_tui.widgets.line_list import LineList
from dandi_tui.widgets.lines import Lines, prose_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from textual.widget import Widget

    from dandi_tui.api.models import ValidationProblem, VersionInfo
    from dandi_tui.widgets.look import Signs

_WHOLE_HEIGHT = 4
_MOST_NAMED = 50


class ProblemRow(msgspec.Struct, frozen=True):
    """A row: a file with its number of problems, or one of them below it; `path` is empty for the Dandiset itself."""

    path: str
    count: int = 0
    field: str = ""
    message: str = ""


def problem_rows(info: VersionInfo) -> list[ProblemRow]:
    """The Dandiset's own problems first, then those of each file that is named, the files in order."""
    found: dict[str, list[ValidationProblem]] = {"": list(info.version_validation_errors)}
    for one in sorted(info.asset_validation_errors, key=lambda one: one.path or ""):
        found.setdefault(one.path or "", []).append(one)
    rows: list[ProblemRow] = []
    for path, problems in found.items():
        if problems:
            rows.append(ProblemRow(path, len(problems)))
            rows += [ProblemRow(path, field=one.field or "metadata", message=one.message) for one in problems]
    return rows


class _Rows:
    def __init__(self, dandiset_id: str, signs: Callable[[], Signs]) -> None:
        self.dandiset_id, self.signs = dandiset_id, signs
        self.rows: list[ProblemRow] = []
        self.why_empty = "Asking the archive…"

    def __len__(self) -> int:
        return len(self.rows)

    def line(self, row: int, cells: int, *, cursor: bool) -> Line:
        one = self.rows[row]
        sign = Piece(self.signs().cursor if cursor else " ", "", True)
        if one.count:
            name = clip_middle(safe(one.path), cells - 20) if one.path else f"{self.dandiset_id} itself"
            return (sign, Piece(" "), Piece(name, "folder"), Piece(f"  {plural(one.count, 'problem')}", "dim", True))
        field = clip(safe(one.field), cells // 3)
        message = clip(safe(one.message), max(8, cells - width(field) - 9))
        return (sign, Piece("   "), Piece("! ", "bad", True), Piece(field), Piece(f"  {message}", "dim", True))

    def empty(self, cells: int) -> Sequence[Line]:
        return prose_lines(self.why_empty, cells)


class ProblemsPane(Pane):
    """The problems of a version.

    Args:
        dandiset_id: Six digits.
        version: `draft` or a number; None: the newest published one, else the draft.
        info: What is known of it; None: the archive is asked.
    """

    ACTIONS: ClassVar[tuple[str, ...]] = (
        "into", "copy", "describe", "up", "down", "page_up", "page_down", "half_up", "half_down", "first", "last", "out", "refresh",
    )  # fmt: skip

    def __init__(self, dandiset_id: str, version: str | None, info: VersionInfo | None = None) -> None:
        super().__init__()
        self.dandiset_id, self.version, self.info = dandiset_id, version, info
        self.rows = _Rows(dandiset_id, lambda: self.tui.signs)

    def crumbs(self) -> Sequence[str]:
        """The Dandiset."""
        return ["DANDI", f"{self.dandiset_id} {self.version or ''}".strip(), "problems"]

    def head(self, cells: int) -> Sequence[Line]:
        """How many there are, and where more may be."""
        if self.info is None:
            return [(Piece(" "),)]
        files = len({one.path for one in self.info.asset_validation_errors})
        own = len(self.info.version_validation_errors)
        words = f" {plural(own, 'problem') if own else 'no problem'} of the Dandiset itself, {plural(files, 'file') if files else 'no file'} with problems"
        if len(self.info.asset_validation_errors) >= _MOST_NAMED:
            words += f" · the archive names {_MOST_NAMED} at most"
        return [(Piece(clip(words, cells), "dim"),)]

    def body(self) -> Iterable[Widget]:
        """The rows, and the one under the cursor in full, with its remedy."""
        yield LineList(self.rows, id="problems")
        yield Lines(self._whole, height=_WHOLE_HEIGHT, id="problem-whole")

    def _whole(self, cells: int) -> Sequence[Line]:
        one = self.chosen()
        if one is None:
            return ()
        if one.count:
            one = self.rows.rows[self.query_one(LineList).cursor + 1]
        mends = remedy(one.field, one.message, of_file=bool(one.path))
        return in_full(f"{one.field}: {one.message}", mends, cells, _WHOLE_HEIGHT)

    def on_mount(self) -> None:
        """Shows what is known, or asks."""
        self.set_focus(self.query_one(LineList))
        if self.info is None:
            self.do_refresh()
        else:
            self.call_after_refresh(self._show)

    def do_refresh(self) -> None:
        """Asks the archive again."""
        self.run_worker(self._load(), group="problems", exclusive=True, exit_on_error=False)

    async def _load(self) -> None:
        try:
            client = await self.tui.client()
            self.version = await client.version_meant(self.dandiset_id, self.version)
            self.info = await client.version_info(self.dandiset_id, self.version)
        except DandiTuiError as error:
            self.rows.why_empty = f"{error.what}. Press r to try again, ← to go back."
            self.query_one(LineList).reload()
            self.say_error(error)
        else:
            self._show()

    def _show(self) -> None:
        if self.info is not None:
            self.rows.rows = problem_rows(self.info)
            self.rows.why_empty = "The archive finds nothing wrong; ← goes back."
            if self.info.status in {"Pending", "Validating"}:
                self.rows.why_empty = "The archive has not looked at it yet; r asks again."
        self.query_one(LineList).reload()
        self.draw_frame()

    def on_line_list_cursor_moved(self) -> None:
        """Shows the problem under the cursor in full."""
        super().on_line_list_cursor_moved()
        self.query_one("#problem-whole", Lines).draw_again()

    def chosen(self) -> ProblemRow | None:
        """What is under the cursor."""
        return self.rows.rows[self.query_one(LineList).cursor] if len(self.rows) else None

    def why_not_into(self) -> str:
        """There may be nothing to go to."""
        return "" if len(self.rows) else "There is no problem here."

    why_not_copy = why_not_into

    def do_into(self) -> None:
        """Goes to the file, or to the field in the metadata editor."""
        one = self.chosen()
        if one and one.path:
            self.run_worker(show_asset(self.tui, self.dandiset_id, self.version or "draft", one.path), group="go", exclusive=True, exit_on_error=False)
        elif one and self.version == "draft":
            from dandi_tui.screens.describe import MetadataPane

            self.app.push_screen(MetadataPane(self.dandiset_id, one.field))
        elif one:
            self.do_describe()

    def on_line_list_clicked(self) -> None:
        """A click on the cursor's row goes to the file."""
        self.do_into()

    def do_describe(self) -> None:
        """What the Dandiset is, with its metadata."""
        from dandi_tui.screens.about import AboutPane

        self.app.push_screen(AboutPane(self.dandiset_id, self.version, self.info))

    def do_copy(self) -> None:
        """Copies the place of the file, or of the Dandiset, in a form of choice."""
        one = self.chosen()
        api = self.tui.instance.api_url
        kind = "asset" if one and one.path else "dandiset"
        copy_place(self.tui, Target(kind, None, api, self.dandiset_id, self.version, one.path or None if one else None))
