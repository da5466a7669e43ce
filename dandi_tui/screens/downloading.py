"""Asking for a download: where to, then its plan with what would be done with files that are there, then handing it over."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.screen import ModalScreen

from dandi_tui.errors import DandiTuiError
from dandi_tui.screens.menu import Ask
from dandi_tui.text import clip, pad, plural, safe_lines, wrap
from dandi_tui.transfer.coming import coming_to
from dandi_tui.transfer.plan import check_space, collect, counts_words, make_choices, order_of, plan_words
from dandi_tui.widgets.line import Line, Piece
from dandi_tui.widgets.lines import Lines, rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult

    from dandi_tui.api.targets import Target
    from dandi_tui.app import DandiTuiApp
    from dandi_tui.transfer.plan import Choices, Plan

_WAYS = {
    "refresh": "those that differ in size or date are fetched in their place",
    "skip": "they stay as they are, whatever they are",
    "overwrite": "all are fetched in their place",
    "error": "they stay as they are, and are listed as failed",
}
_NAMED = 3
"""Dandisets that a download's title names at most."""
_KEYS = {"up": -1, "k": -1, "down": 1, "j": 1, "shift+tab": -1, "tab": 1}


class DownloadPlan(ModalScreen["Plan | None"], inherit_bindings=False):
    """What a download would do, for each way to treat files that are there; the way is chosen before it begins.

    Args:
        choices: The plans.
    """

    BINDINGS: ClassVar = []

    def __init__(self, choices: Choices) -> None:
        super().__init__()
        self.choices = choices
        self.chosen = next(iter(_WAYS))

    def compose(self) -> ComposeResult:
        """Lays the box at the bottom."""
        yield Lines(self._lines, height=None, id="notice")

    @property
    def plan(self) -> Plan:
        """The plan that is chosen."""
        return self.choices.plans[self.chosen]

    def _lines(self, cells: int) -> Sequence[Line]:
        app: DandiTuiApp = self.app  # type: ignore[assignment]
        text = [(Piece(" " + line),) for words in safe_lines(plan_words(self.plan)) for line in wrap(words, max(1, cells - 2))]
        ways = self._ways(cells) if self.choices.there else []
        keys = " Enter download · Esc not now" if self.plan.to_fetch else " Esc goes back"
        room = max(2, app.size.height - 7 - len(ways))
        return [
            rule(cells, app.signs.rule, [Piece("Download", "title")]),
            *text[:room],
            *ways,
            (Piece(f"{keys} · up, down: what to do with files that are there" if ways else keys, "dim"),),
        ]

    def _ways(self, cells: int) -> list[Line]:
        app: DandiTuiApp = self.app  # type: ignore[assignment]
        count = self.choices.there
        head = (Piece(f" {plural(count, 'file')} {'is' if count == 1 else 'are'} there already:"),)
        lines: list[Line] = [head]
        for way in _WAYS:
            here = way == self.chosen
            words = clip(counts_words(self.choices.plans[way]), cells - 14)
            lines.append((Piece(f" {app.signs.cursor if here else ' '} "), Piece(pad(way, 11), "title" if here else ""), Piece(words, "" if here else "dim")))
        return [*lines, (Piece(clip(f" {self.chosen}: {_WAYS[self.chosen]}", cells - 1), "dim"),)]

    def on_key(self, event: events.Key) -> None:
        """Takes the answer, or chooses another way."""
        event.stop()
        event.prevent_default()
        if event.key in {"escape", "left", "n", "q"}:
            self.dismiss(None)
        elif event.key == "enter" and (self.plan.to_fetch or not self.choices.there):
            self.dismiss(self.plan if self.plan.to_fetch else None)
        elif self.choices.there and event.key in _KEYS:
            ways = list(_WAYS)
            self.chosen = ways[(ways.index(self.chosen) + _KEYS[event.key]) % len(ways)]
            self.query_one(Lines).draw_again()


def ask_download(app: DandiTuiApp, targets: Sequence[Target], words: str) -> None:
    """Asks where to, shows the plan, and downloads; marks of what is accepted are taken off."""

    def answered(folder: str | None) -> None:
        if folder is not None:
            app.run_worker(_plan(app, targets, Path(folder).expanduser(), words), exit_on_error=False)

    start = app.settings.download_dir or str(Path.cwd())
    app.push_screen(Ask(f"Download {words} to the folder", start), answered)


async def _plan(app: DandiTuiApp, targets: Sequence[Target], root: Path, words: str) -> None:
    try:
        app.pane.say("listing what is to be downloaded…")
        client = await app.client()
        wanted = await collect(client, targets)
        choices = await asyncio.to_thread(make_choices, wanted, root, await coming_to(root))
    except DandiTuiError as error:
        app.pane.say_error(error)
        return
    except OSError as error:
        app.pane.say(f"{error.filename or root}: {error.strerror}", "error")
        return

    def answered(plan: Plan | None) -> None:
        if plan is not None:
            app.run_worker(_hand_over(app, plan, targets, _title(targets, words)), exit_on_error=False)

    app.pane.unsay()
    app.push_screen(DownloadPlan(choices), answered)


def _title(targets: Sequence[Target], words: str) -> str:
    names = list(dict.fromkeys(f"{target.dandiset_id} {target.version or ''}".strip() for target in targets if target.dandiset_id))
    if len(names) > _NAMED:
        return f"{', '.join(names[: _NAMED - 1])} and {len(names) - _NAMED + 1} more"
    return ", ".join(names) or words


async def _hand_over(app: DandiTuiApp, plan: Plan, targets: Sequence[Target], title: str) -> None:
    try:
        check_space(plan)
        spec, files = order_of(plan, app.instance, title, jobs=app.settings.download_jobs)
        # Said first: a small download may have ended before the next line is reached.
        marked = app.marks.having(targets)
        off = f", {plural(len(marked), 'mark')} taken off" if marked else ""
        app.pane.say(f"downloading {plural(len(plan.to_fetch), 'file')}{off}: 2 shows them")
        await app.link.submit(spec, files)
        app.marks.drop(marked)
        app.pane.marks_changed()
    except DandiTuiError as error:
        app.pane.say_error(error)
