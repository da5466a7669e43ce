"""A page to be read: help, metadata as prose and raw, messages. Tab shows its other views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from dandi_tui.api.documents import as_json, as_yaml
from dandi_tui.screens.pane import Pane
from dandi_tui.text import safe_lines, width, wrap
from dandi_tui.widgets.line import Line, Piece, cut, plain
from dandi_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from textual import events
    from textual.widget import Widget


def prose(words: str, style: str = "") -> Callable[[int], list[Line]]:
    """Words wrapped to the width at hand; line breaks are kept."""

    def lines(cells: int) -> list[Line]:
        return [(Piece(" " + part, style),) for line in safe_lines(words) for part in (wrap(line, max(10, cells - 2)) if line.strip() else [""])]

    return lines


def raw(words: str) -> Callable[[int], list[Line]]:
    """Lines as they are, each cut at the edge."""

    def lines(_cells: int) -> list[Line]:
        return [(Piece(line),) for line in safe_lines(words)]

    return lines


def indented(words: str) -> Callable[[int], list[Line]]:
    """Lines as they are; one that is too long goes on below, a step further in."""

    def lines(cells: int) -> list[Line]:
        made: list[Line] = []
        for line in safe_lines(words):
            start = len(line) - len(line.lstrip())
            parts = wrap(line[start:], max(20, cells - start - 3)) if width(line) > cells - 1 else [line[start:]]
            made.append((Piece(" " + line[:start] + parts[0]),))
            made += [(Piece(" " * (start + 3) + part),) for part in parts[1:]]
        return made

    return lines


def metadata_views(metadata: dict[str, Any]) -> dict[str, Callable[[int], list[Line]]]:
    """A record as YAML and as JSON."""
    return {"YAML": indented(as_yaml(metadata)), "JSON": indented(as_json(metadata))}


class _PageLines:
    def __init__(self) -> None:
        self.lines: Sequence[Line] = []

    def __len__(self) -> int:
        return len(self.lines)

    def line(self, row: int, cells: int, *, cursor: bool) -> Line:
        line = cut(self.lines[row], cells)
        return line if plain(line) else (Piece(" "),)

    def empty(self, cells: int) -> Sequence[Line]:
        return [(Piece(" Nothing here.", "dim"),)]


class PagePane(Pane):
    """Lines to be read.

    Args:
        title: What it is.
        views: Its views by name: each makes the lines for a width.
    """

    ACTIONS: ClassVar[tuple[str, ...]] = (
        "out", "switch", "up", "down", "page_up", "page_down", "half_up", "half_down", "first", "last",
    )  # fmt: skip

    def __init__(self, title: str, views: Mapping[str, Callable[[int], Sequence[Line]]]) -> None:
        super().__init__()
        self.heading = title
        self.views = views
        self.view = next(iter(views))
        self.page_lines = _PageLines()

    def crumbs(self) -> Sequence[str]:
        """The page's title."""
        return [self.heading]

    def body(self) -> Iterable[Widget]:
        """The lines."""
        yield LineList(self.page_lines)

    def rule_label(self) -> Sequence[Piece]:
        """The views, the present one marked."""
        if len(self.views) < 2:
            return ()
        return [Piece(f"[{name}] " if name == self.view else f"{name} ", "title" if name == self.view else "dim") for name in self.views]

    def on_mount(self) -> None:
        """Lets the keys move in the lines."""
        self.set_focus(self.query_one(LineList))
        self.call_after_refresh(self.fill)

    def on_resize(self, event: events.Resize) -> None:
        """Makes the lines for the new width."""
        super().on_resize(event)
        self.fill()

    def fill(self) -> None:
        """Makes the lines for the width at hand, from what is known by now."""
        self.page_lines.lines = self.views[self.view](self.size.width)
        self.query_one(LineList).reload()

    def _page(self, by: float) -> None:
        """Turns the page, so that one reads on where one stopped."""
        self.query_one(LineList).turn(by)

    def why_not_switch(self) -> str:
        """There may be only one view."""
        return "" if len(self.views) > 1 else "This page has one view."

    def do_switch(self) -> None:
        """Shows the next view."""
        names = list(self.views)
        self.view = names[(names.index(self.view) + 1) % len(names)]
        self.fill()
        self.query_one(LineList).move_to(0)
        self.draw_frame()
