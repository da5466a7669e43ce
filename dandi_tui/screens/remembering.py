"""Places that the app remembers: bookmarks, those visited, and where an archive was left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dandi_tui.api.targets import parse_target
from dandi_tui.errors import DandiTuiError
from dandi_tui.screens.menu import Choice
from dandi_tui.screens.pane import Pane
from dandi_tui.screens.places import SEARCH, Place, load_places, save_places

if TYPE_CHECKING:
    from dandi_tui.app import DandiTuiApp


def place_of(app: DandiTuiApp, pane: Pane) -> Place | None:
    """The place that a pane shows; None where it has no address."""
    return _place(app, pane, pane.place())


def _place(app: DandiTuiApp, pane: Pane, uri: str) -> Place | None:
    words = f"search: {uri.removeprefix(SEARCH)}" if uri.startswith(SEARCH) else " ".join(pane.crumbs()[1:]) or uri
    return Place(app.instance.api_url, uri, words) if uri else None


def place_left(app: DandiTuiApp) -> Place | None:
    """The place where the archive was left, if the person wants it back."""
    return load_places().last_of(app.instance.api_url) if app.settings.reopen else None


def open_place(app: DandiTuiApp, place: Place) -> None:
    """Opens a place that was kept, or says why that can't be."""
    if place.uri.startswith(SEARCH):
        app.do_browse()
        app.search_for(place.uri.removeprefix(SEARCH))
        return
    try:
        app.open_target(parse_target(place.uri, default=app.instance))
    except DandiTuiError as error:
        app.pane.say_error(error)


def keep_place(app: DandiTuiApp) -> None:
    """Keeps the place that is being left."""
    panes = [pane for pane in reversed(app.screen_stack) if isinstance(pane, Pane) and pane.left_at()]
    before = load_places()
    after = before.left(app.instance.api_url, _place(app, panes[0], panes[0].left_at()) if panes else None)
    if after != before:
        save_places(after)


def keep_visit(app: DandiTuiApp, pane: Pane) -> None:
    """Keeps a pane's place among the recent ones, and in the history of this session."""
    if place := place_of(app, pane):
        app.history = app.history.visited(place)
        save_places(load_places().visited(place))


def go_back(app: DandiTuiApp) -> None:
    """Opens the place before the present one."""
    app.history = app.history.back()
    _open_present(app)


def go_forward(app: DandiTuiApp) -> None:
    """Opens the place that was gone back from."""
    app.history = app.history.forward()
    _open_present(app)


def _open_present(app: DandiTuiApp) -> None:
    if app.history.here:
        app.do_browse()
        open_place(app, app.history.here)


def toggle_bookmark(app: DandiTuiApp, place: Place | None) -> None:
    """Bookmarks a place, or takes the bookmark away."""
    if place is None:
        app.pane.say("This place can't be bookmarked.", "warn")
        return
    before = load_places()
    after = before.bookmarked(place)
    words = "bookmarked" if len(after.bookmarks) > len(before.bookmarks) else "no bookmark any more"
    kept = save_places(after)
    app.pane.say(f"{words}: {place.words}" if kept else "the state folder can't be written", "good" if kept else "warn")


def choose_place(app: DandiTuiApp) -> None:
    """Bookmarks and recent places of this archive, to be opened."""
    places = load_places()
    listed = [(app.signs.star, one) for one in places.bookmarks] + [(" ", one) for one in places.recent]
    here = {one.uri: (sign, one) for sign, one in reversed(listed) if one.api_url == app.instance.api_url}
    choices = [
        Choice(uri, f"{sign} {one.words}", note="" if one.words in {uri, f"search: {uri.removeprefix(SEARCH)}"} else uri)
        for uri, (sign, one) in reversed(here.items())
    ]
    if choices:
        app.choose("Bookmarks and recent places", choices, lambda uri: open_place(app, here[uri][1]))
    else:
        app.pane.say("No bookmarks and no recent places yet: b bookmarks a place.")
