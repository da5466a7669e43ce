"""What an owner can do from a Dandiset's page or row: edit, share, publish, star, open, delete. One mixin for all panes that show one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dandi_tui.api.rights import why_not_delete, why_not_own, why_not_unembargo, why_not_write
from dandi_tui.errors import DandiTuiError
from dandi_tui.screens.asking import confirm_name
from dandi_tui.screens.pane import Pane
from dandi_tui.text import plural

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from dandi_tui.api.models import Dandiset, Owner


class OwnerActions(Pane):
    """Actions on one Dandiset. A pane says which, and what it knows of it."""

    owned: Dandiset | None = None
    owned_by: list[Owner] | None = None
    _left_for: str = ""

    def owned_id(self) -> str:
        """The Dandiset that is meant; empty for none."""
        return ""

    def owned_changed(self) -> None:
        """Called after something was done to it."""

    def owned_deleted(self) -> None:
        """Called after it was deleted."""
        self.tui.go_out()

    async def learn_owned(self) -> None:
        """Asks what is needed to know who may do what; silently, since the page itself tells of failures."""
        identifier = self.owned_id()
        try:
            client = await self.tui.client()
            self.owned, self.owned_by = await client.dandiset(identifier), await client.owners(identifier)
        except DandiTuiError:
            self.owned = self.owned_by = None
        self.draw_frame()

    def on_screen_resume(self) -> None:
        """Looks again when somebody comes back from changing something."""
        if self._left_for:
            self._left_for = ""
            self.call_after_refresh(self.owned_changed)

    def _go(self, screen: Pane) -> None:
        self._left_for = self.owned_id()
        self.app.push_screen(screen)

    def _act(self, act: Callable[[], Coroutine[Any, Any, None]]) -> None:
        async def acted() -> None:
            try:
                await act()
            except DandiTuiError as error:
                self.say_error(error)

        self.run_worker(acted(), group="owning", exclusive=True, exit_on_error=False)

    def _none(self) -> str:
        return "" if self.owned_id() else "There is no Dandiset here."

    def _not_mine(self) -> str:
        if reason := self._none() or why_not_write(self.tui.me):
            return reason
        return why_not_own(self.tui.me, self.owned_by) if self.owned_by is not None else ""

    def why_not_register(self) -> str:
        """Approved accounts alone may."""
        return why_not_write(self.tui.me)

    def do_register(self) -> None:
        """Registers a new one."""
        from dandi_tui.screens.register import RegisterPane

        self.app.push_screen(RegisterPane())

    def why_not_owners(self) -> str:
        """Everybody may look at them."""
        return self._none()

    why_not_edit_metadata = why_not_owners

    def why_not_publish(self) -> str:
        """Owners and administrators alone; the rest stands in the checklist."""
        return self._not_mine()

    why_not_unfinished = why_not_publish

    def why_not_star(self) -> str:
        """It needs an account that was approved."""
        return self._none() or why_not_write(self.tui.me)

    def why_not_unembargo(self) -> str:
        """It may be open already."""
        return self._not_mine() or (why_not_unembargo(self.tui.me, self.owned_by or [], self.owned) if self.owned_by is not None else "")

    def why_not_delete(self) -> str:
        """What was published stays."""
        return self._not_mine() or (why_not_delete(self.tui.me, self.owned_by or [], self.owned) if self.owned_by is not None else "")

    def do_edit_metadata(self) -> None:
        """The metadata editor, on the draft."""
        from dandi_tui.screens.describe import MetadataPane

        self._go(MetadataPane(self.owned_id()))

    def do_owners(self) -> None:
        """Owners."""
        from dandi_tui.screens.owners import OwnersPane

        self._go(OwnersPane(self.owned_id()))

    def do_publish(self) -> None:
        """The checklist, and publishing."""
        from dandi_tui.screens.publish import PublishPane

        self._go(PublishPane(self.owned_id()))

    def do_unembargo(self) -> None:
        """The embargo, and unfinished uploads."""
        from dandi_tui.screens.embargo import EmbargoPane

        self._go(EmbargoPane(self.owned_id()))

    def do_unfinished(self) -> None:
        """Unfinished uploads."""
        self.do_unembargo()

    def do_star(self) -> None:
        """Stars, or takes the star away."""
        identifier = self.owned_id()

        async def starred() -> None:
            client = await self.tui.client()
            there = (await client.dandiset(identifier)).is_starred
            count = await (client.account.unstar(identifier) if there else client.account.star(identifier))
            self.say(f"{'the star is taken away' if there else 'starred'}: {identifier} has {plural(count, 'star')} now", "good")
            self.owned_changed()

        self._act(starred)

    def do_delete(self) -> None:
        """Deletes the Dandiset, once its number was typed."""
        self.delete_dandiset()

    def delete_dandiset(self) -> None:
        """Asks for its number, then deletes it."""
        identifier = self.owned_id()

        async def deleted() -> None:
            await (await self.tui.client()).ownership.delete(identifier)
            self.owned_deleted()
            self.tui.pane.say(f"{identifier} is deleted", "good")

        words = f"{identifier} with all its files will be gone at the archive, and can't be brought back."
        confirm_name(self.tui, f"Delete {identifier}", words, identifier, lambda: self._act(deleted))

    def delete_version(self, version: str) -> None:
        """Asks for the version to be typed, then deletes it; administrators alone may."""
        identifier = self.owned_id()

        async def deleted() -> None:
            await (await self.tui.client()).ownership.delete_version(identifier, version)
            self.owned_deleted()
            self.tui.pane.say(f"version {version} of {identifier} is deleted", "good")

        words = f"Version {version} of {identifier} will be gone, though papers may cite it."
        confirm_name(self.tui, f"Delete version {version}", words, version, lambda: self._act(deleted))
