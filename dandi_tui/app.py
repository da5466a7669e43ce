"""The app: which archive, who, the panes that are open, what runs behind them."""

from __future__ import annotations

import asyncio
import importlib
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App
from textual.binding import Binding

from dandi_tui.api.targets import parse_target
from dandi_tui.errors import DandiTuiError
from dandi_tui.screens.actions import ACTIONS, key_words, keys_of
from dandi_tui.screens.menu import Ask, Choice, Menu
from dandi_tui.screens.notice import Notice
from dandi_tui.screens.pane import Pane
from dandi_tui.screens.places import Place, load_places, save_places
from dandi_tui.widgets.frame_diff import FrameDiff
from dandi_tui.widgets.look import ASCII, UNICODE, wants_ascii, wants_colour

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.screen import Screen

    from dandi_tui.api.client import ArchiveClient
    from dandi_tui.api.instances import Instance
    from dandi_tui.api.models import User
    from dandi_tui.api.targets import Target
    from dandi_tui.config import Settings
    from dandi_tui.screens.transfers import Board
    from dandi_tui.widgets.line import Line

_HERE = Path(__file__).parent
STYLES = next(path for path in (_HERE / "styles", _HERE.parent / "styles") if path.is_dir())


class DandiTuiApp(App[int], inherit_bindings=False):
    """The app on one archive.

    Args:
        instance: The archive.
        key: The API key, None without.
        settings: What the person has chosen.
        target: What to open first; None: the list of Dandisets.
    """

    CSS_PATH: ClassVar = [STYLES / "app.tcss"]
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar = [
        Binding("ctrl+c", "leave", show=False, priority=True),
        Binding("ctrl+q", "leave", show=False, priority=True),
        Binding("ctrl+z", "suspend_process", show=False, priority=True),
    ]

    def __init__(self, instance: Instance, key: str | None, settings: Settings, target: Target | None = None) -> None:
        self.ascii_only = wants_ascii(settings.ascii)
        self.diff = FrameDiff(colour=wants_colour(settings.colour), ascii_only=self.ascii_only)
        super().__init__(ansi_color=True)
        self.instance = instance
        self.settings = settings
        self.target = target
        self.signs = ASCII if self.ascii_only else UNICODE
        self.me: User | None = None
        self.log_lines: list[tuple[str, str]] = []
        self.board: Board | None = None
        self._key = key
        self._client: ArchiveClient | None = None

    # The terminal

    def _display(self, screen: Screen[Any], renderable: Any) -> None:  # noqa: ANN401 (as Textual gives it)
        if not self.is_headless:
            renderable = self.diff.update(renderable)
        super()._display(screen, renderable)

    def on_resize(self) -> None:
        """Takes the terminal's content as unknown."""
        self.diff.forget()

    def do_redraw(self) -> None:
        """Draws the whole screen again."""
        self.diff.forget()
        self.screen.refresh(layout=True)

    def do_suspend(self) -> None:
        """Suspends; the shell's `fg` comes back."""
        self.action_suspend_process()

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
        await self.push_screen(BrowsePane())
        if self.settings.problem:
            self.pane.say(self.settings.problem, "warn")
        if self.target is not None:
            self.open_target(self.target)
        self.run_worker(self._greet(), group="who", exit_on_error=False)

    async def _greet(self) -> None:
        if not self._key:
            return
        try:
            self.me = await (await self.client()).me()
        except DandiTuiError as error:
            self.pane.say(str(error), "warn")
        self.pane.draw_frame()

    async def client(self) -> ArchiveClient:
        """The client of the archive; its library is imported beside the screen, not before it."""
        if self._client is None:
            module = await asyncio.to_thread(importlib.import_module, "dandi_tui.api.client")
            if self._client is None:
                made: ArchiveClient = module.ArchiveClient(self.instance, self._key, on_wait=self._waiting)
                self._client = made
        return self._client

    def _waiting(self, waiting: Any) -> None:  # noqa: ANN401 (its type imports the HTTP library)
        words = f"{waiting.reason}: trying again in {waiting.seconds:.0f} s (try {waiting.tried} of {waiting.tries})"
        self.pane.say(words, "warn")

    async def on_unmount(self) -> None:
        """Ends the connections."""
        if self._client is not None:
            await self._client.close()

    # Panes

    @property
    def pane(self) -> Pane:
        """The topmost pane, below any menu."""
        return next(screen for screen in reversed(self.screen_stack) if isinstance(screen, Pane))

    def who(self) -> str:
        """Who and where, for the top line: `alice · dandi · ↓2`."""
        parts = [self.me.username] if self.me else []
        parts.append(self.instance.name)
        if self.board and self.board.running:
            parts.append(f"{self.signs.down}{self.board.running}")
        return f" {self.signs.dot} ".join(parts)

    def log_message(self, words: str, kind: str) -> None:
        """Keeps a message for the page of messages."""
        self.log_lines = [*self.log_lines[-499:], (kind, words)]

    def go_out(self) -> None:
        """Goes one level up; the lowest level stays."""
        if len(self.screen_stack) > 2:
            self.pop_screen()
        else:
            self.pane.say(f"This is the first level; {key_words(keys_of('quit', self.settings.keys)[0])} quits.")

    def open_target(self, target: Target) -> None:
        """Opens what a target names, as far as it can be looked into."""
        from dandi_tui.screens.dandiset import DandisetPane

        if target.kind in {"local", "url"}:
            self.pane.say(f"{target.path}: files can't be looked into yet; `download` and the archive's pages can be used.", "warn")
        elif target.dandiset_id is None:
            self.run_worker(self._open_asset(target.asset_id or ""), exit_on_error=False)
        else:
            self.push_screen(DandisetPane(target.dandiset_id, target.version, path=(target.path or "").rstrip("/")))

    async def _open_asset(self, asset_id: str) -> None:
        from dandi_tui.screens.asset import AssetPane

        try:
            asset = await (await self.client()).asset(asset_id)
        except DandiTuiError as error:
            self.pane.say_error(error)
        else:
            self.push_screen(AssetPane(asset_id, asset.path, None, None))

    # Actions of every pane

    def do_go_to(self) -> None:
        """Asks for a target and opens it."""

        def opened(text: str | None) -> None:
            if text:
                try:
                    self.open_target(parse_target(text, default=self.instance))
                except DandiTuiError as error:
                    self.pane.say_error(error)

        self.push_screen(Ask("Go to: 000004, DANDI:000004/draft, dandi://…, an address"), opened)

    def do_palette(self) -> None:
        """Every action of the pane by its name."""
        pane = self.pane
        choices = [
            Choice(
                name,
                ACTIONS[name].words,
                note=" ".join(map(key_words, keys_of(name, self.settings.keys))),
                reason=pane.why_not(name),
            )
            for name in dict.fromkeys(pane.key_names())
            if name not in {"palette", "peel"}
        ]
        self._choose("Actions", choices, pane.perform)

    def _choose(self, title: str, choices: list[Choice], then: Callable[[str], None], current: str = "") -> None:
        def chosen(value: str | None) -> None:
            if value is not None:
                then(value)

        self.push_screen(Menu(title, choices, current=current), chosen)

    def choose(self, title: str, choices: list[Choice], then: Callable[[str], None], *, current: str = "") -> None:
        """Lets the person choose, then does `then` with the value chosen."""
        self._choose(title, choices, then, current)

    def do_help(self) -> None:
        """Every key that works here, and nothing else."""
        from dandi_tui.screens.page import PagePane
        from dandi_tui.widgets.line import Piece

        pane = self.pane
        lines: list[Line] = []
        for name in dict.fromkeys(pane.key_names()):
            keys = " ".join(map(key_words, keys_of(name, self.settings.keys)))
            reason = pane.why_not(name)
            note = f"  ({reason})" if reason else ""
            lines.append((Piece(f" {keys:18}", "key"), Piece(ACTIONS[name].words, "off" if reason else ""), Piece(note, "warn")))
        self.push_screen(PagePane("Keys that work here", {"keys": lambda _cells: lines}))

    def do_bookmark(self) -> None:
        """Bookmarks the place, or takes the bookmark away."""
        place = self._place()
        if place is None:
            self.pane.say("This place can't be bookmarked.", "warn")
            return
        before = load_places()
        after = before.bookmarked(place)
        words = "bookmarked" if len(after.bookmarks) > len(before.bookmarks) else "no bookmark any more"
        kept = save_places(after)
        self.pane.say(f"{words}: {place.words}" if kept else "the state folder can't be written", "good" if kept else "warn")

    def _place(self) -> Place | None:
        uri = self.pane.place()
        return Place(self.instance.api_url, uri, " ".join(self.pane.crumbs()[1:])) if uri else None

    def visited(self, pane: Pane) -> None:
        """Keeps a pane's place among the recent ones."""
        if uri := pane.place():
            save_places(load_places().visited(Place(self.instance.api_url, uri, " ".join(pane.crumbs()[1:]))))

    def do_places(self) -> None:
        """Bookmarks and recent places of this archive, to be opened."""
        places = load_places()
        star = self.signs.star
        listed = [(star, one) for one in places.bookmarks] + [(" ", one) for one in places.recent]
        choices = [Choice(one.uri, f"{sign} {one.words}", note=one.uri) for sign, one in listed if one.api_url == self.instance.api_url]
        if choices:
            self._choose("Bookmarks and recent places", choices, lambda uri: self.open_target(parse_target(uri, default=self.instance)))
        else:
            self.pane.say("No bookmarks and no recent places yet: b bookmarks a place.")

    def do_log(self) -> None:
        """Messages of this session, the latest first."""
        from dandi_tui.screens.page import PagePane, prose

        words = "\n".join(f"{kind or 'note'}: {text}" for kind, text in reversed(self.log_lines)) or "No messages so far."
        self.push_screen(PagePane("Messages", {"messages": prose(words)}))

    def do_browse(self) -> None:
        """Goes back to the list of Dandisets."""
        while len(self.screen_stack) > 2:
            self.pop_screen()

    def do_transfers(self) -> None:
        """Shows the downloads."""
        from dandi_tui.screens.transfers import TransfersPane

        if not isinstance(self.pane, TransfersPane):
            self.push_screen(TransfersPane())

    def action_leave(self) -> None:
        """Quits, as `q` does."""
        self.do_quit()

    def do_quit(self) -> None:
        """Quits; asks first while downloads run."""
        running = self.board.running if self.board else 0
        if not running:
            self.exit(0)
            return
        words = f"{running} downloads are running. They stop when you quit; what has arrived stays, and goes on with `d` again."

        def answered(yes: bool | None) -> None:
            if yes:
                self.exit(0)

        self.push_screen(Notice("Quit?", words, yes=("q", "quit")), answered)

    def copy_text(self, text: str) -> None:
        """Copies text by the terminal (OSC 52), which works over SSH; shows it too, to be selected by hand."""
        self.copy_to_clipboard(text)
        self.pane.say(f"copied: {text}", "good")


def run_app(instance: Instance, key: str | None, settings: Settings, target: Target | None = None) -> int:
    """Runs the app until the person quits; the exit status."""
    app = DandiTuiApp(instance, key, settings, target)
    result = app.run(mouse=settings.mouse)
    return app.return_code or result or 0
