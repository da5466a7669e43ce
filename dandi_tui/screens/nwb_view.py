"""What every view of an object of a file has in common: reading beside the screen, its price said first, its failure in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from dandi_tui.nwb.costs import PriceError
from dandi_tui.nwb.model import FileError
from dandi_tui.screens.notice import Notice
from dandi_tui.screens.pane import Pane
from dandi_tui.text import duration, plural, size
from dandi_tui.widgets.lines import prose_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dandi_tui.nwb.model import Listed, Price
    from dandi_tui.nwb.reader import Reader
    from dandi_tui.screens.inspector import InspectorPane
    from dandi_tui.widgets.line import Line

T = TypeVar("T")
A = TypeVar("A")


def price_words(price: Price) -> str:
    """What a read would take, for a person who decides."""
    return f"This reads about {size(price.bytes)} in {plural(price.requests, 'request')}: some {duration(max(1, price.seconds))} at the measured rate."


def _bound(how: Callable[[Reader, Any], A], request: Any) -> Callable[[Reader], A]:  # noqa: ANN401
    return lambda reader: how(reader, request)


class ViewPane(Pane, Generic[T]):
    """A view of an object.

    Args:
        inspector: Whose file it is of.
        listed: The object.
    """

    def __init__(self, inspector: InspectorPane, listed: Listed) -> None:
        super().__init__()
        self.inspector, self.listed = inspector, listed
        self.shown: T | None = None
        self.why_empty = "Reading…"

    def crumbs(self) -> Sequence[str]:
        """The file, and the object."""
        return [*self.inspector.origin.crumbs, *self.listed.path.strip("/").split("/")]

    def left_at(self) -> str:
        """The object in its file."""
        return self.inspector.address_of(self.listed)

    def actions(self) -> Sequence[str]:
        """The view's own, and copying the object."""
        return (*super().actions(), "copy")

    def do_copy(self) -> None:
        """Copies the object's place, a command, or the Python that opens it."""
        self.inspector.copy_object(self.listed)

    def on_mount(self) -> None:
        """Reads what is to be seen first."""
        self.call_after_refresh(self.read)

    def read(self) -> None:
        """Reads what is to be seen; what is shown stays until it is there."""
        self.run_worker(self.reading(), group="view", exclusive=True, exit_on_error=False)

    async def reading(self) -> None:
        """Reads and takes it; a view whose rows are asked for as they are drawn has nothing to do here."""

    async def asked(self, request: Any, how: Callable[[Reader, Any], A]) -> A | None:  # noqa: ANN401 (a request with a price)
        """The answer to a request; None where there is none: that is said, and what is shown stays.

        A dear read is made after its price was agreed to.
        """
        while True:
            try:
                found = await self.inspector.ask(_bound(how, request), pane=self)
            except PriceError as error:
                if await self.app.push_screen_wait(Notice("A large read", price_words(error.price), yes=("y", "read it"))):
                    request = msgspec.structs.replace(request, paid=True)
                    continue
                self.why_empty = "It was not read: r reads it after all."
            except FileError as error:
                self.why_empty = str(error)
                self.say(str(error), "error")
            else:
                return found
            self.draw_frame()
            return None

    def why_empty_lines(self, cells: int) -> list[Line]:
        """Why there is nothing, in the place of the view."""
        return prose_lines(self.why_empty, cells)

    def traffic_words(self) -> str:
        """Bytes that were read so far, of a far file."""
        traffic = self.inspector.reader.traffic if self.inspector.reader else None
        return f"read {size(traffic.bytes)} " if traffic and traffic.requests else ""

    def do_refresh(self) -> None:
        """Reads again."""
        self.read()

    def do_peel(self) -> None:
        """A read that is under way, a message, then this place."""
        if not self.inspector.stop() and not self.unsay():
            self.tui.go_out()

    def why_not_export(self) -> str:
        """There must be something to write."""
        return "" if self.shown is not None else "There is nothing to write yet."
