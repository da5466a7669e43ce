"""What the app writes to the terminal: cells that differ, a picture above them, and what it asks of the terminal."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

from textual._compositor import CompositorUpdate
from textual.app import App

from dandi_tui.widgets.background import Background, can_be_asked, light_of_environment
from dandi_tui.widgets.frame_diff import DiffedUpdate, FrameDiff
from dandi_tui.widgets.look import wants_ascii, wants_colour
from dandi_tui.widgets.pixels import PixelLayer

if TYPE_CHECKING:
    import re

    from textual.driver import Driver
    from textual.screen import Screen

    from dandi_tui.config import Settings
    from dandi_tui.widgets.pixels import Drawing, Way
    from dandi_tui.widgets.terminal_ways import TerminalWays


class OnTerminal(App[int], inherit_bindings=False):
    """An app that writes little.

    Args:
        settings: What the person has chosen.
    """

    def __init__(self, settings: Settings) -> None:
        self.ascii_only = wants_ascii(settings.ascii)
        self.diff = FrameDiff(colour=wants_colour(settings.colour), ascii_only=self.ascii_only)
        self.layer = PixelLayer()
        self._ways: TerminalWays | None = None
        self._background: Background | None = None
        super().__init__(ansi_color=True)
        self.settings = settings

    def get_driver_class(self) -> type[Driver]:
        """Textual's driver for the platform; that for POSIX as one that takes the terminal's answers."""
        found = super().get_driver_class()
        if found.__name__ != "LinuxDriver":
            return found
        from dandi_tui.widgets.answering_driver import AnsweringDriver

        return AnsweringDriver

    def _display(self, screen: Screen[Any], renderable: Any) -> None:  # noqa: ANN401 (as Textual gives it)
        if not self.is_headless and not self._batch_count:
            renderable = self._with_picture(self.diff.update(renderable))
        super()._display(screen, renderable)

    def _with_picture(self, update: Any) -> Any:  # noqa: ANN401
        """An update, and after it what brings the picture to what it should be."""
        if update is not None and not isinstance(update, CompositorUpdate):
            return update
        wanted: Drawing | None = getattr(self.screen, "drawing", lambda: None)()
        if not (data := self.layer.change(wanted, self.diff.again)):
            return update
        return DiffedUpdate((update.data if isinstance(update, DiffedUpdate) else "") + data)

    def forget_terminal(self) -> None:
        """Takes the terminal's content as unknown."""
        self.diff.forget()
        self.layer.forget()

    def on_resize(self) -> None:
        """Takes the terminal's content as unknown, and the size of its cells."""
        self.forget_terminal()
        if self._ways:
            self._ways.resized()

    def do_redraw(self) -> None:
        """Draws the whole screen again."""
        self.forget_terminal()
        self.screen.refresh(layout=True)

    def do_suspend(self) -> None:
        """Suspends; the shell's `fg` comes back."""
        self.action_suspend_process()

    # Light or dark

    def ask_background(self) -> None:
        """Finds out whether the terminal's background is light, by what it costs the least to know."""
        chosen = {"light": True, "dark": False}.get(self.settings.background)
        known = light_of_environment(os.environ) if chosen is None else chosen
        if known is not None:
            self._draw_for(known)
        elif not self.is_headless and wants_colour(self.settings.colour) and can_be_asked(os.environ):
            loop = asyncio.get_running_loop()

            def told(light: bool) -> None:
                loop.call_soon_threadsafe(self._draw_for, light)

            self._background = Background(self._write_to_terminal, told)

    def _draw_for(self, light: bool) -> None:
        if self.diff.light != light:
            self.diff.light = light
            self.do_redraw()

    # Pixels

    async def pixel_way(self) -> Way | None:
        """How the terminal draws pixels, asked of it at the first time; None where it does not, or is not to."""
        if self.settings.pixels == "no" or self.ascii_only or self.is_headless or not wants_colour(self.settings.colour):
            return None
        if self._ways is None:
            from dandi_tui.widgets.terminal_ways import TerminalWays

            self._ways = TerminalWays(self._write_to_terminal)
        return await self._ways.way()

    def _write_to_terminal(self, data: str) -> None:
        if self._driver is not None:
            self._driver.write(data)
            self._driver.flush()

    def take_answer(self, answer: re.Match[str]) -> None:
        """Takes an answer of the terminal, in the thread that reads from it."""
        if answer["ground"] is not None:
            if self._background:
                self._background.take(answer["ground"])
        elif self._ways:
            self._ways.take(answer)

    def expects_answer(self) -> bool:
        """Whether the terminal was asked something, and did not answer yet."""
        return any(asked is not None and asked.expects for asked in (self._ways, self._background))

    def wait_for_answer(self) -> None:
        """Waits for what the terminal was asked at the start, if it may be answering still."""
        if self._background:
            self._background.wait()

    def end_pictures(self) -> str:
        """The bytes that take away what stands above the cells."""
        return self.layer.end()
