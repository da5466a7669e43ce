"""A list whose rows go away behind it, as when what it shows is asked for anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import App

from dandi_tui.widgets.line import Line, Piece
from dandi_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.widget import Widget


class Words:
    """Rows of one word each."""

    def __init__(self, *words: str) -> None:
        self.words = list(words)

    def __len__(self) -> int:
        return len(self.words)

    def line(self, row: int, cells: int, *, cursor: bool) -> Line:
        return (Piece(self.words[row]),)

    def empty(self, cells: int) -> Sequence[Line]:
        return [(Piece("asking anew"),)]


class Shown(App[None]):
    """An app of one list."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self.words = words

    def compose(self) -> Iterable[Widget]:
        yield LineList(self.words)


async def drawn_after(words: Words, left: int) -> tuple[list[str], int]:
    """The lines and the cursor, when only so many rows are left and the list was not told."""
    app = Shown(words)
    async with app.run_test(size=(20, 5)) as pilot:
        rows = app.query_one(LineList)
        rows.reload(cursor=2)
        await pilot.pause()
        del words.words[left:]
        rows.refresh()
        await pilot.pause()
        return [rows.render_line(y).text.rstrip() for y in range(3)], rows.cursor


async def test_rows_that_went_away_are_drawn_empty_instead_of_ending_the_app() -> None:
    assert await drawn_after(Words("one", "two", "three"), 1) == (["one", "", ""], 0)


async def test_a_list_that_forgot_all_rows_says_why_it_is_empty() -> None:
    assert await drawn_after(Words("one", "two", "three"), 0) == (["asking anew", "", ""], 0)
