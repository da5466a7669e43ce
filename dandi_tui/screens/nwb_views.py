"""The ways to look at an object of a file: what each is called, and the pane that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

    from dandi_tui.nwb.model import Listed
    from dandi_tui.screens.inspector import InspectorPane
    from dandi_tui.screens.pane import Pane

PLOTS = ("trace", "picture", "masks", "units", "path", "population", "sweeps", "aligned", "together", "histogram")
"""Views that draw, in the order in which `p` prefers them."""
ROWS = ("table", "values")


class View(msgspec.Struct, frozen=True):
    """A way to look: what it is called, and what it shows."""

    name: str
    note: str


VIEWS: dict[str, View] = {
    "trace": View("traces", "values over time, several channels"),
    "values": View("values", "rows of the data, slices of further dimensions"),
    "table": View("table", "rows and columns, ragged ones folded"),
    "picture": View("picture", "an image, or frames one by one"),
    "masks": View("masks", "regions one by one, or all together"),
    "units": View("units", "a unit's spikes, over the session or aligned to events"),
    "population": View("all units", "a row of spikes a unit, and their mean rate"),
    "path": View("path", "coordinates in the plane"),
    "sweeps": View("sweeps", "responses above their stimuli"),
    "aligned": View("around events", "segments of a channel around any column of times"),
    "together": View("on one time axis", "with other objects: Space marks them in the timeline, T"),
    "histogram": View("histogram", "how the numbers are spread"),
    "tree": View("in the tree", "what it holds"),
}


def pane_of(view: str, inspector: InspectorPane, listed: Listed) -> Pane | None:
    """The pane that shows an object in a view; None where the tree does."""
    from dandi_tui.screens import aligned, picture, population, position, sweeps, table, together, trace, units

    inside = "data" if listed.kind == "group" else ""
    makers: dict[str, Callable[[], Pane]] = {
        "trace": lambda: trace.TracePane(inspector, listed),
        "values": lambda: table.TablePane(inspector, listed, inside=inside),
        "table": lambda: table.TablePane(inspector, listed),
        "picture": lambda: picture.PicturePane(inspector, listed),
        "masks": lambda: picture.PicturePane(inspector, listed),
        "units": lambda: units.UnitsPane(inspector, listed),
        "population": lambda: population.PopulationPane(inspector, listed),
        "path": lambda: position.PositionPane(inspector, listed),
        "sweeps": lambda: sweeps.SweepsPane(inspector, listed),
        "aligned": lambda: aligned.AlignedPane(inspector, listed),
        "together": lambda: together.TogetherPane(inspector, [listed.path]),
    }
    return makers[view]() if view in makers else None
