"""Another key, or another archive, while the app runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dandi_tui.errors import DandiTuiError
from dandi_tui.screens.marks import Marks

if TYPE_CHECKING:
    from dandi_tui.api.instances import Instance
    from dandi_tui.api.keys import Key
    from dandi_tui.api.models import User
    from dandi_tui.app import DandiTuiApp


async def take_key(app: DandiTuiApp, key: Key | None, user: User | None) -> None:
    """Goes on with another key at the same archive, or without one; transfers take it up too."""
    app.use_archive(app.instance, key.value if key else None, user)
    if key:
        await app.link.use_key(app.instance, key.value)
    app.pane.draw_frame()


def go_to_archive(app: DandiTuiApp, instance: Instance, key: Key | None) -> None:
    """Goes to the first level of another archive, with its own key; the key of this one stays here."""
    from dandi_tui.screens.browse import BrowsePane

    app.do_browse()
    app.use_archive(instance, key.value if key else None, None)
    app.marks = Marks()
    app.switch_screen(BrowsePane())
    if key:
        app.run_worker(_greet(app, key), group="who", exclusive=True, exit_on_error=False)


async def _greet(app: DandiTuiApp, key: Key) -> None:
    try:
        await app.link.use_key(app.instance, key.value)
        app.me = await (await app.client()).me()
    except DandiTuiError as error:
        app.pane.say(str(error), "warn")
    app.pane.draw_frame()
