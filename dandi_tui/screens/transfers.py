"""Transfers: one line a file, grouped by job, with what each came to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from dandi_tui.errors import DandiTuiError
from dandi_tui.screens.menu import Ask
from dandi_tui.screens.notice import Notice
from dandi_tui.screens.pane import Pane
from dandi_tui.text import clip, clip_middle, pad, plural, safe, size
from dandi_tui.widgets.line import Line, Piece
from dandi_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.widget import Widget

    from dandi_tui.api.targets import Target
    from dandi_tui.app import DandiTuiApp
    from dandi_tui.transfer.download import Download, Event
    from dandi_tui.transfer.plan import Plan

_BAR = 16


class Board:
    """The downloads of this session and how far each file is."""

    def __init__(self) -> None:
        self.order: list[tuple[int, str]] = []
        self.latest: dict[tuple[int, str], Event] = {}
        self.jobs: list[tuple[Download, Plan, Sequence[Target]]] = []

    @property
    def running(self) -> int:
        """Files that are not done yet."""
        return sum(1 for event in self.latest.values() if event.event == "progress")

    def take(self, job: int, event: Event) -> None:
        """Takes what happened to a file."""
        if event.path:
            key = (job, event.path)
            if key not in self.latest:
                self.order.append(key)
            self.latest[key] = event

    def clear_done(self) -> None:
        """Forgets files that are done or were skipped."""
        self.latest = {key: event for key, event in self.latest.items() if event.event in {"progress", "failed"}}
        self.order = [key for key in self.order if key in self.latest]


class _BoardRows:
    def __init__(self, pane: TransfersPane) -> None:
        self.pane = pane

    def __len__(self) -> int:
        board = self.pane.tui.board
        return len(board.order) if board else 0

    def line(self, row: int, cells: int, *, cursor: bool) -> Line:
        board, signs = self.pane.tui.board, self.pane.tui.signs
        assert board is not None  # noqa: S101 (there are rows)
        event = board.latest[board.order[row]]
        sign, style = {
            "progress": (signs.down, ""), "done": (signs.yes, "good"), "failed": ("!", "bad"), "skipped": ("=", "dim"),
        }[event.event]  # fmt: skip
        room = max(12, cells - 40) if event.event != "failed" else max(12, cells // 2 - 4)
        name = pad(clip_middle(safe(event.path), room), room)
        head = (Piece(signs.cursor if cursor else " ", "", True), Piece(f"{sign} ", style, True), Piece(name))
        if event.event == "failed":
            return (*head, Piece(" " + clip(safe(event.message), max(4, cells - room - 5)), "bad", True))
        share = min(1.0, event.bytes / event.total) if event.total else 1.0
        full = int(share * _BAR)
        bar = signs.full * full + signs.empty * (_BAR - full)
        note = event.message or f"{share:4.0%}"
        return (
            *head,
            Piece(f" {bar}", "", True),
            Piece(pad(size(event.total), 10, right=True), "", True),
            Piece(f" {note}", "dim", True),
        )

    def empty(self, cells: int) -> Sequence[Line]:
        return [(Piece(" Nothing is being transferred. Mark Dandisets, folders or files, and press d.", "dim"),)]


class TransfersPane(Pane):
    """The workspace of transfers."""

    ACTIONS: ClassVar[tuple[str, ...]] = (
        "out", "cancel", "retry", "clear", "up", "down", "page_up", "page_down", "half_up", "half_down", "first", "last",
    )  # fmt: skip

    def crumbs(self) -> Sequence[str]:
        """The workspace."""
        return ["Transfers"]

    def head(self, cells: int) -> Sequence[Line]:
        """How many files are in which state."""
        board = self.tui.board
        events = list(board.latest.values()) if board else []
        counts = {name: sum(1 for event in events if event.event == name) for name in ("progress", "done", "skipped", "failed")}
        words = f" {counts['progress']} running, {counts['done']} done, {counts['skipped']} skipped, {counts['failed']} failed"
        return [(Piece(clip(words, cells), "dim"),)]

    def body(self) -> Iterable[Widget]:
        """The files."""
        yield LineList(_BoardRows(self), id="transfers")

    def on_mount(self) -> None:
        """Looks again twice a second, and draws only what differs."""
        self.query_one(LineList).focus()
        self.set_interval(0.5, self._look)

    def _look(self) -> None:
        rows = self.query_one(LineList)
        if rows.state.count != len(rows.source):
            rows.reload()
        rows.refresh()
        self.draw_frame()

    def do_cancel(self) -> None:
        """Cancels all that runs; what has arrived stays."""
        for download, _plan, _targets in self.tui.board.jobs if self.tui.board else []:
            download.cancel()
        self.say("cancelled; what has arrived stays, and goes on with d or R")

    def do_retry(self) -> None:
        """Does the jobs with failed files again; what has arrived is not fetched again."""
        board = self.tui.board
        if board is None:
            return
        again = sorted({job for job, _path in board.order if board.latest[job, _path].event == "failed"})
        for job in again:
            _download, plan, targets = board.jobs[job]
            start_download(self.tui, targets, plan.root)

    def do_clear(self) -> None:
        """Takes what is done off the list."""
        if self.tui.board:
            self.tui.board.clear_done()
            self.query_one(LineList).reload()


def ask_download(app: DandiTuiApp, targets: Sequence[Target], words: str) -> None:
    """Asks where to, shows the plan, and downloads."""

    def answered(folder: str | None) -> None:
        if folder is not None:
            start_download(app, targets, Path(folder).expanduser(), ask=True)

    start = app.settings.download_dir or str(Path.cwd())
    app.push_screen(Ask(f"Download {words} to the folder", start), answered)


def start_download(app: DandiTuiApp, targets: Sequence[Target], root: Path, *, ask: bool = False) -> None:
    """Makes the plan, and does it; `ask` shows it first."""
    app.run_worker(_plan(app, targets, root, ask=ask), exit_on_error=False)


async def _plan(app: DandiTuiApp, targets: Sequence[Target], root: Path, *, ask: bool) -> None:
    from dandi_tui.transfer.plan import check_space, collect, make_plan

    try:
        app.pane.say("listing what is to be downloaded…")
        client = await app.client()
        plan = make_plan(await collect(client, targets), root, existing="refresh")
        check_space(plan)
    except DandiTuiError as error:
        app.pane.say_error(error)
        return
    skipped = sum(step.action == "skip" for step in plan.steps)
    refused = [step for step in plan.steps if step.action == "refuse"]
    words = f"{plural(len(plan.to_fetch), 'file')} ({size(plan.size)}) to {root}; {size(plan.free)} are free."
    words += f"\n{plural(skipped, 'file')} there already, unchanged." if skipped else ""
    words += "".join(f"\nnot written: {step.wanted.place}: {step.reason}" for step in refused[:5])

    def answered(yes: bool | None) -> None:
        if yes:
            app.run_worker(_run(app, plan, targets), exit_on_error=False)

    app.pane.unsay()
    if ask:
        app.push_screen(Notice("Download", words, yes=("enter", "download")), answered)
    else:
        answered(True)


async def _run(app: DandiTuiApp, plan: Plan, targets: Sequence[Target]) -> None:
    from dandi_tui.transfer.download import Download, Event

    board = app.board = app.board or Board()
    job = len(board.jobs)

    def happened(event: Event) -> None:
        board.take(job, event)
        if event.event != "progress":
            app.pane.draw_frame()

    for step in plan.to_fetch:
        board.take(job, Event("progress", step.wanted.place, 0, step.wanted.size))
    download = Download(plan, await app.client(), jobs=app.settings.download_jobs, on_event=happened)
    board.jobs.append((download, plan, targets))
    app.pane.say(f"downloading {plural(len(plan.to_fetch), 'file')}: 2 shows them")
    try:
        await download.run()
    except DandiTuiError as error:
        app.pane.say_error(error)
        return
    failed = f", {download.failed} failed: 2 shows why" if download.failed else ""
    app.pane.say(f"downloaded to {plan.root}{failed}", "warn" if failed else "good")
