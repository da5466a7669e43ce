"""The app: which archive, who, the panes that are open, what runs behind them."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding

from dandi_tui.api.instances import find_instance
from dandi_tui.api.targets import parse_target
from dandi_tui.ending import notice_at_end
from dandi_tui.errors import DandiTuiError
from dandi_tui.log import log_crash
from dandi_tui.screens import opening, remembering
from dandi_tui.screens.actions import unknown_actions
from dandi_tui.screens.connection import Connection
from dandi_tui.screens.demo_archive import keep_going
from dandi_tui.screens.marks import Marks
from dandi_tui.screens.menu import Ask
from dandi_tui.screens.notice import Notice
from dandi_tui.screens.panes import Panes
from dandi_tui.screens.places import SEARCH, History
from dandi_tui.text import plural
from dandi_tui.transfer.link import Link
from dandi_tui.transfer.model import State
from dandi_tui.widgets.look import ASCII, UNICODE

if TYPE_CHECKING:
    from dandi_tui.api.client import ArchiveClient
    from dandi_tui.api.instances import Instance
    from dandi_tui.api.models import User
    from dandi_tui.api.targets import Target
    from dandi_tui.config import Settings
    from dandi_tui.errors import TransferError
    from dandi_tui.nwb.messages import Open
    from dandi_tui.screens.connection import FoundKey
    from dandi_tui.screens.demo_archive import DemoArchive, Ready
    from dandi_tui.screens.pane import Pane
    from dandi_tui.screens.upload_work import UploadWork
    from dandi_tui.transfer.model import JobView

_HERE = Path(__file__).parent
STYLES = next(path for path in (_HERE / "styles", _HERE.parent / "styles") if path.is_dir())


class DandiTuiApp(Panes, inherit_bindings=False):
    """The app on one archive.

    Args:
        instance: The archive.
        key: The API key, None without; or what finds it, asked behind the first screen since keyrings are slow.
        settings: What the person has chosen.
        target: What to open first; None: the list of Dandisets.
        beside: The demo's archive, kept going as long as the app is; None: the archive is another's.
    """

    CSS_PATH: ClassVar = [STYLES / "app.tcss"]
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar = [
        Binding("ctrl+c", "leave", show=False, priority=True),
        Binding("ctrl+q", "leave", show=False, priority=True),
        Binding("ctrl+z", "suspend_process", show=False, priority=True),
    ]

    def __init__(self, instance: Instance, key: FoundKey, settings: Settings, target: Target | None = None, beside: DemoArchive | None = None) -> None:
        super().__init__(settings)
        self._connection = Connection(instance, key, self._waiting)
        self.first_instance = instance
        self.target = target
        self._beside = beside
        self.signs = ASCII if self.ascii_only else UNICODE
        self.me: User | None = None
        self.history = History()
        self.marks = Marks()
        self.ending = ""
        """What happens to transfers at log-out, where that is not that they go on."""
        self.upload_work: UploadWork | None = None
        self.link = Link(self._transfers_changed, self._transfers_lost)
        self.watch_pause = 2.0
        """Seconds between two questions while something at the archive is watched."""
        self._who = ""

    # Start and end

    async def on_mount(self) -> None:
        """Opens the first pane, and what was asked for on top of it."""
        from dandi_tui.screens.browse import BrowsePane

        self.theme = "ansi-dark"
        loop = asyncio.get_running_loop()
        for number in (signal.SIGHUP, signal.SIGTERM):
            try:
                loop.add_signal_handler(number, self.exit, 0)
            except (RuntimeError, ValueError, NotImplementedError):
                break
        left = None if self.target else remembering.place_left(self)
        search = left.uri.removeprefix(SEARCH) if left and left.uri.startswith(SEARCH) else ""
        await self.push_screen(BrowsePane(covered=bool(self.target or (left and not search)), search=search))
        if self.target is not None:
            self.open_target(self.target)
        elif left and not search:
            remembering.open_place(self, left)
        self.ask_background()
        if problem := self._settings_problem():
            self.push_screen(Notice("The config file", problem))
        self.run_worker(self._greet(), group="who", exit_on_error=False)
        self.run_worker(self._offer_upload(), group="offer", exit_on_error=False)
        self.run_worker(self._attach_transfers(), group="transfers", exit_on_error=False)
        if self._beside is not None:
            self.run_worker(self._keep_archive(self._beside), group="beside", exit_on_error=False)

    def _settings_problem(self) -> str:
        unknown = unknown_actions(self.settings.keys)
        if self.settings.problem or not unknown:
            return self.settings.problem
        return f"config.toml gives keys to actions that there are not: {', '.join(unknown)}. The palette (:) names those that there are."

    async def _greet(self) -> None:
        if self.target and self.target.kind in {"local", "url"}:
            return
        if not await self._connection.known_key():
            return
        try:
            self.me = await (await self.client()).me()
        except DandiTuiError as error:
            self.pane.say(str(error), "warn")
        self.pane.draw_frame()

    @property
    def instance(self) -> Instance:
        """The archive."""
        return self._connection.instance

    @property
    def has_key(self) -> bool:
        """Whether there is a key for this archive."""
        return bool(self._connection.key)

    async def client(self) -> ArchiveClient:
        """The client of the archive; its library is imported beside the screen, not before it."""
        return await self._connection.client()

    def use_archive(self, instance: Instance, key: str | None, me: User | None) -> None:
        """Goes on with another key, or at another archive; questions that are under way end with the old one."""
        self._connection.use(instance, key)
        self.me = me

    async def _keep_archive(self, beside: DemoArchive) -> None:
        def started(ready: Ready, words: str) -> None:
            if ready.api_url != self.instance.api_url:
                self.use_archive(find_instance(ready.api_url), ready.token, self.me)
            self.pane.say(words, "warn")

        try:
            await keep_going(beside, started)
        except DandiTuiError as error:
            self.pane.say_error(error)

    def _waiting(self, waiting: Any) -> None:  # noqa: ANN401 (its type imports the HTTP library)
        words = f"trying again in {max(1, round(waiting.seconds))} s (try {waiting.tried} of {waiting.tries}): {waiting.reason}"
        self.pane.say(words, "warn")

    async def on_unmount(self) -> None:
        """Keeps the place, ends the connections."""
        await self.link.close()
        await self._connection.close()

    # What nobody foresaw

    def went_wrong(self, error: BaseException) -> None:
        """Says that work behind a pane failed in a way that nobody foresaw; what it was stands in the log."""
        words = str(error) if isinstance(error, DandiTuiError) else log_crash(error)
        self.pane.say(words, "error")

    def _fatal_error(self) -> None:
        """Ends without drawing the error; `run_app` hands it on, to be logged and said in a sentence."""
        self._close_messages_no_wait()

    # Panes

    def who(self) -> str:
        """Who and where, for the top line: `alice · dandi · ↓2`."""
        parts = [self.me.username] if self.me else []
        parts.append(self.instance.name)
        ways = ((self.signs.down, self.link.board.under_way("download")), (self.signs.up, self.link.board.under_way("upload")))
        if any(count for _, count in ways):
            parts.append(" ".join(f"{sign}{count:,}" for sign, count in ways))
        return f" {self.signs.dot} ".join(parts)

    def exit(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 (as Textual gives them)
        """Keeps the place, and ends."""
        remembering.keep_place(self)
        super().exit(*args, **options)

    def open_target(self, target: Target) -> None:
        """Opens what a target names, as far as it can be looked into."""
        opening.open_target(self, target)

    async def nwb_source(self, text: str) -> Open:
        """What the reader opens for a text that names a file."""
        return await opening.nwb_source(self, text)

    def inspect_file(self, source: str) -> None:
        """Opens the inside of a file of this machine, or at an address."""
        opening.inspect_file(self, source)

    def inspect_asset(self, asset_id: str, path: str, dandiset_id: str, version: str | None, *, at: str = "") -> None:
        """Opens the inside of a file of the archive, streamed, at an object of it."""
        opening.inspect_asset(self, asset_id, path, dandiset_id, version, at=at)

    def visited(self, pane: Pane) -> None:
        """Keeps a pane's place among the recent ones."""
        remembering.keep_visit(self, pane)

    # Actions of every pane

    def do_go_to(self) -> None:
        """Asks for a target and opens it."""

        def opened(text: str | None) -> None:
            if text:
                try:
                    self.open_target(parse_target(text, default=self.instance))
                except DandiTuiError as error:
                    self.pane.say_error(error)

        self.push_screen(Ask("Go to: 000004, dandi://…, an address"), opened)

    def do_bookmark(self) -> None:
        """Bookmarks the place, or takes the bookmark away."""
        remembering.toggle_bookmark(self, remembering.place_of(self, self.pane))

    def why_not_back(self) -> str:
        """There may be no place before this one."""
        return "" if self.history.before else "There is no place before this one."

    def do_back(self) -> None:
        """Opens the place that was looked at before."""
        remembering.go_back(self)

    def why_not_forward(self) -> str:
        """Forward is only where one came back from."""
        return "" if self.history.after else "Nothing was gone back from."

    def do_forward(self) -> None:
        """Opens the place that was gone back from."""
        remembering.go_forward(self)

    def do_places(self) -> None:
        """Bookmarks and recent places of this archive, to be opened."""
        remembering.choose_place(self)

    async def _offer_upload(self) -> None:
        from dandi_tui.config import state_dir

        if not (state_dir() / "contributions").is_dir():
            return
        from dandi_tui.screens.upload import offer

        await offer(self)

    def do_upload(self) -> None:
        """Shows the upload wizard, at the step where it stands."""
        from dandi_tui.screens.upload import open_upload

        open_upload(self)

    def action_leave(self) -> None:
        """Quits, as `q` does."""
        self.do_quit()

    def do_quit(self) -> None:
        """Quits; transfers go on by themselves."""
        self.exit(0)

    # Transfers

    async def _attach_transfers(self) -> None:
        """Attaches to the worker of the transfers, where there are any."""
        from dandi_tui.transfer.home import at_logout

        if key := await self._connection.known_key():
            await self.link.use_key(self.instance, key)
        found = await asyncio.to_thread(at_logout)
        self.ending = found.words if found.ends else ""
        await self.link.open()

    def _transfers_changed(self, ended: list[JobView]) -> None:
        from dandi_tui.screens.transfers import TransfersPane

        for job in ended:
            self._transfer_ended(job)
        for screen in self.screen_stack:
            if isinstance(screen, TransfersPane):
                screen.changed()
        if (now := self.who()) != self._who:
            self._who = now
            self.pane.draw_frame()

    def _transfer_ended(self, job: JobView) -> None:
        failed = job.count(State.FAILED)
        done = f"downloaded to {job.root}" if job.kind == "download" else f"uploaded to {job.title}"
        words = f"{done}, {plural(failed, 'file')} failed: 2 shows why" if failed else done
        self.pane.say(words, "warn" if failed else "good")
        notice = notice_at_end(self.settings.notice_at_end, words)
        if notice and self._driver is not None and not self.is_headless:
            self._driver.write(notice)

    def _transfers_lost(self, error: TransferError) -> None:
        self.pane.say(str(error), "warn")


def run_app(instance: Instance, key: FoundKey, settings: Settings, target: Target | None = None, beside: DemoArchive | None = None) -> int:
    """Runs the app until the person quits; the exit status.

    The terminal's size is the terminal's to tell: what a shell exported of it would be wrong after the first resize.
    """
    for name in ("COLUMNS", "LINES"):
        os.environ.pop(name, None)
    app = DandiTuiApp(instance, key, settings, target, beside)
    result = app.run(mouse=settings.mouse)
    if app._exception is not None:
        raise app._exception
    if going := sum(job.unfinished for job in app.link.board.going):
        sys.stderr.write(f"{plural(going, 'file')} go on being transferred; `dandi-tui transfers` shows them.\n")
    return app.return_code or result or 0
