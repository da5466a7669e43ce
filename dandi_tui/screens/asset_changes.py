"""Renaming and deleting files of a draft: the plan as a list, what came of each, errors beside the files."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dandi_tui.api.rights import why_not_change
from dandi_tui.errors import DandiTuiError, UsageError
from dandi_tui.owning.asset_plan import AssetPlan, AssetStep, plan_deletes, plan_renames, plan_rewrites
from dandi_tui.owning.asset_work import assets_about, do_steps
from dandi_tui.screens.menu import Ask
from dandi_tui.screens.pane import Pane
from dandi_tui.text import clip, clip_middle, pad, plural, safe, size, width
from dandi_tui.widgets.line import Line, Piece
from dandi_tui.widgets.line_list import LineList
from dandi_tui.widgets.lines import prose_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from textual.widget import Widget

    from dandi_tui.app import DandiTuiApp

_WORDS = {"rename": "", "replace": "replaces what is there", "delete": "delete", "skip": "as it is", "refuse": "can't be"}


class _Steps:
    """The steps of the plan, drawn."""

    def __init__(self, pane: AssetChangesPane) -> None:
        self.pane = pane

    def __len__(self) -> int:
        return len(self.pane.plan.steps)

    def line(self, row: int, cells: int, *, cursor: bool) -> Line:
        """Sign, old path, new path or reason."""
        step, signs = self.pane.plan.steps[row], self.pane.tui.signs
        came = self.pane.came.get(step.asset.asset_id)
        sign, style = self._sign(step, came)
        head = (Piece(signs.cursor if cursor else " ", "", True), Piece(f"{sign} ", style, True))
        reason = came or step.reason
        if step.verdict == "delete":
            tail = safe(came) if came else size(step.asset.size)
            room = max(12, cells - min(40, width(tail)) - 6)
            return (*head, Piece(pad(clip_middle(safe(step.asset.path), room), room)), Piece("  " + clip(tail, 40), "bad" if came else "dim", True))
        room = max(12, (cells - 8) // 2)
        arrow = f" {signs.to} "
        if reason:
            return (*head, Piece(pad(clip_middle(safe(step.asset.path), room), room)), Piece("  " + clip(safe(reason), cells - room - 6), style or "dim", True))
        return (
            *head,
            Piece(pad(clip_middle(safe(step.asset.path), room), room)),
            Piece(arrow, "dim", True),
            Piece(clip_middle(safe(step.path), room), "", True),
        )

    def _sign(self, step: AssetStep, came: str | None) -> tuple[str, str]:
        signs = self.pane.tui.signs
        if came is not None:
            return ("!", "bad") if came else (signs.yes, "good")
        return {"refuse": ("!", "bad"), "skip": ("=", "dim")}.get(step.verdict, (" ", ""))

    def empty(self, cells: int) -> Sequence[Line]:
        """Why nothing is listed."""
        return prose_lines(self.pane.why_empty, cells)


class AssetChangesPane(Pane):
    """What would be done with files of a draft, and then what was.

    Args:
        dandiset_id: Six digits.
        title: What it is, as `Rename 3 files`.
        about: The paths that the plan is about, and where they go: what must be asked of the archive.
        planned: Makes the plan of the assets there.
    """

    ACTIONS: ClassVar[tuple[str, ...]] = (
        "apply", "out", "up", "down", "page_up", "page_down", "half_up", "half_down", "first", "last",
    )  # fmt: skip

    def __init__(self, dandiset_id: str, title: str, about: tuple[Sequence[str], str | None], planned: Callable[..., AssetPlan]) -> None:
        super().__init__()
        self.dandiset_id = dandiset_id
        self.heading = title
        self.plan = AssetPlan()
        self.came: dict[str, str] = {}
        self.why_empty = "Asking the archive…"
        self._about, self._planned = about, planned
        self._at: dict[str, int] = {}
        self._doing = False
        self._forbidden = ""

    def crumbs(self) -> Sequence[str]:
        """The Dandiset, and what is done."""
        return ["DANDI", f"{self.dandiset_id} draft", self.heading]

    def head(self, cells: int) -> Sequence[Line]:
        """How many would be changed, how many can't be."""
        return [(Piece(" " + clip(self._summary(), cells - 2), "bad" if self.plan.refused else "dim"),)]

    def _summary(self) -> str:
        if self.came:
            failed = sum(bool(error) for error in self.came.values())
            return f"{plural(len(self.came) - failed, 'file')} done, {failed} failed, of {len(self.plan.to_do)}"
        if refused := len(self.plan.refused):
            return f"{plural(refused, 'file')} can't be changed this way, so nothing is; Esc goes back."
        return f"{plural(len(self.plan.to_do), 'file')}, {size(self.plan.size)}. Nothing is done before Enter." if self.plan.steps else ""

    def body(self) -> Iterable[Widget]:
        """The plan."""
        yield LineList(_Steps(self), id="changes")

    def on_mount(self) -> None:
        """Asks what is there, and plans."""
        self.set_focus(self.query_one(LineList))
        self.run_worker(self._load(), group="plan", exclusive=True, exit_on_error=False)

    async def _load(self) -> None:
        try:
            client = await self.tui.client()
            owners, dandiset = await client.owners(self.dandiset_id), await client.dandiset(self.dandiset_id)
            self._forbidden = why_not_change(self.tui.me, owners, dandiset)
            self.plan = self._planned(await assets_about(client, self.dandiset_id, *self._about))
        except DandiTuiError as error:
            self.why_empty = f"{error.what}. Esc goes back."
            self.say_error(error)
        self._at = {step.asset.asset_id: row for row, step in enumerate(self.plan.steps)}
        self.query_one(LineList).reload()
        self.draw_frame()

    # Doing it

    def why_not_apply(self) -> str:
        """The plan must be there, whole, and not done yet."""
        if self._doing or self._forbidden:
            return self._forbidden or "It is being done."
        if self.came:
            return "It is done; Esc goes back."
        if self.plan.refused:
            return f"{self.plan.refused[0].asset.path}: {self.plan.refused[0].reason}"
        return "" if self.plan.to_do else "Nothing would be changed."

    def do_apply(self) -> None:
        """Does what the plan says; deleting asks for the Dandiset's number to be typed."""
        if all(step.verdict == "rename" for step in self.plan.to_do):
            self._begin()
            return
        taking = "delete" if self.plan.to_do[0].verdict == "delete" else "replace"
        words = f"Type {self.dandiset_id} to {taking} {plural(len(self.plan.to_do), 'file')} ({size(self.plan.size)})"

        def answered(text: str | None) -> None:
            if text == self.dandiset_id:
                self._begin()
            elif text is not None:
                self.say("That is another number; nothing was done.", "warn")

        self.app.push_screen(Ask(words), answered)

    def _begin(self) -> None:
        self._doing = True
        self.run_worker(self._do(), group="do", exclusive=True, exit_on_error=False)

    async def _do(self) -> None:
        rows = self.query_one(LineList)
        try:
            async for done in do_steps(await self.tui.client(), self.dandiset_id, self.plan):
                self.came[done.step.asset.asset_id] = done.error
                rows.redraw_row(self._at[done.step.asset.asset_id])
                self.draw_frame()
        except DandiTuiError as error:
            self.say_error(error)
        else:
            failed = sum(bool(error) for error in self.came.values())
            self.say("done" if not failed else f"{failed} failed: what the archive said stands beside each", "warn" if failed else "good")
        self._doing = False
        if not all(self.came.values()):
            self._tell_panes()
        self.draw_frame()

    def _tell_panes(self) -> None:
        for screen in self.app.screen_stack:
            if isinstance(screen, Pane):
                screen.files_changed(self.dandiset_id)


def ask_rename(app: DandiTuiApp, dandiset_id: str, paths: Sequence[str]) -> None:
    """Asks for the new path of files or folders, and shows the plan."""
    one = len(paths) == 1
    title = "New path" if one else f"Folder that the {len(paths)} marks go into (it ends with /)"
    notes = [(Piece(" s/OLD/NEW/ changes the paths by a regular expression", "dim"),)]

    def answered(text: str | None) -> None:
        if not text:
            return
        try:
            about, planned = _renaming(paths, text)
        except UsageError as error:
            app.pane.say_error(error)
            return
        words = f"Rename {clip_middle(paths[0], 40)}" if one else f"Rename {plural(len(paths), 'mark')}"
        app.push_screen(AssetChangesPane(dandiset_id, words, about, planned))

    app.push_screen(Ask(title, paths[0] if one else "", notes=notes), answered)


def _renaming(paths: Sequence[str], text: str) -> tuple[tuple[Sequence[str], str | None], Callable[..., AssetPlan]]:
    if text.startswith("s/"):
        parts = text.split("/")
        if len(parts) != 4 or parts[3]:
            raise UsageError("write s/OLD/NEW/, with three slashes", subject=text, remedy="Where a path's own slash is meant, use `assets move --regex`.")
        return ((), None), lambda assets: plan_rewrites(assets, parts[1], parts[2], within=paths)
    destination = text if len(paths) == 1 or text.endswith("/") else f"{text}/"
    return (paths, destination), lambda assets: plan_renames(assets, paths, destination)


def show_deletes(app: DandiTuiApp, dandiset_id: str, paths: Sequence[str]) -> None:
    """Shows what would be deleted."""
    words = f"Delete {clip_middle(paths[0], 40)}" if len(paths) == 1 else f"Delete {plural(len(paths), 'mark')}"
    app.push_screen(AssetChangesPane(dandiset_id, words, (paths, None), lambda assets: plan_deletes(assets, paths)))
