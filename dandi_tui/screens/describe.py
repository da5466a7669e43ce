"""The metadata editor: a form over a draft; compared, joined, saved and watched until it is validated."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from dandi_tui.describe.placing import from_archive
from dandi_tui.errors import DandiTuiError, NotLoggedInError
from dandi_tui.screens.draft_form import DraftForm
from dandi_tui.screens.menu import Choice, Menu
from dandi_tui.screens.notice import Notice
from dandi_tui.text import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dandi_tui.api.client import ArchiveClient
    from dandi_tui.describe.form import Form
    from dandi_tui.describe.merging import Conflict
    from dandi_tui.describe.tree import Path
    from dandi_tui.owning.saving import Prepared

_MOST_SHOWN = 10


class MetadataPane(DraftForm):
    """The metadata of a draft, and their saving."""

    def do_save(self) -> None:
        """Compares with what the archive has now, shows the difference, saves."""
        if self.form and not self.form.is_changed:
            self.say("Nothing is changed.")
            return
        self.say("asking what the archive has now…")
        self.run_worker(self._save(), group="save", exclusive=True, exit_on_error=False)

    async def _save(self) -> None:
        from dandi_tui.owning.saving import compare, prepare, save

        form = self.form
        if form is None:
            return
        try:
            client = await self.tui.client()
            self.info = await client.version_info(self.dandiset_id, "draft")
            if reason := self.fixed_reason():
                self.say(reason, "warn")
                return
            prepared = await prepare(client, self.dandiset_id, form.schema, form.base, form.document)
            theirs = await self._settled(prepared.conflicts)
            if theirs is None:
                self.say("Not saved: the edits are kept.", "warn")
                return
            prepared = compare(form.schema, form.base, form.document, prepared.theirs, take_theirs=theirs)
            self.unsay()
            sent = form.document
            if prepared.changes and not await self.app.push_screen_wait(Notice("Save", _saving_words(prepared, form), yes=("w", "save"))):
                return
            if prepared.changes:
                await save(client, self.dandiset_id, prepared)
            await self._after(client, sent)
        except DandiTuiError as error:
            self._not_saved(error)

    async def _settled(self, conflicts: Sequence[Conflict]) -> frozenset[Path] | None:
        """Asks for each place that both changed whose value holds; the places where theirs does, None when the person gives up."""
        from dandi_tui.describe.values import short

        theirs: set[Path] = set()
        for one in conflicts:
            place = " › ".join(map(str, one.path))
            choices = [Choice("ours", "yours", note=short(one.ours) or "(removed)"), Choice("theirs", "theirs", note=short(one.theirs) or "(removed)")]
            answer = await self.app.push_screen_wait(Menu(f"Somebody else changed {place} too", choices))
            if answer is None:
                return None
            if answer == "theirs":
                theirs.add(one.path)
        return frozenset(theirs)

    def _not_saved(self, error: DandiTuiError) -> None:
        if isinstance(error, NotLoggedInError):
            error.remedy = "Your edits are kept: log in (I), then save again (w)."
        fields = getattr(error, "fields", ())
        if fields and self.form:
            self.form.told = from_archive(fields, self.form.document)
            self.show_form(self.form.told[0].path or None)
        self.say_error(error)

    async def _after(self, client: ArchiveClient, sent: dict[str, Any]) -> None:
        """Takes what the archive has now, with what was edited while it was sent, and watches until it has looked at it."""
        from dandi_tui.owning.saving import compare

        form = self.form
        assert form is not None  # noqa: S101 (it was saved)
        now = await client.version_metadata(self.dandiset_id, "draft")
        since = None if form.document is sent else compare(form.schema, sent, form.document, now).document
        form.saved(now)
        if since is None:
            self.forget()
        else:
            form.become(since)
            self.changed()
        self.show_form()
        self.say("saved; the archive validates it…", "good")
        self.run_worker(self._watch(client), group="watch", exclusive=True, exit_on_error=False)

    async def _watch(self, client: ArchiveClient) -> None:
        from dandi_tui.owning.saving import same_fields

        try:
            while True:
                self.info = await client.version_info(self.dandiset_id, "draft")
                if self.info.status not in {"Pending", "Validating"}:
                    break
                await asyncio.sleep(self.tui.watch_pause)
        except DandiTuiError as error:
            self.say_error(error)
            return
        self.place_words(self.info)
        self.show_form()
        if self.form and not same_fields(self.info.metadata, self.form.base):
            self.say("somebody saved right after you: w shows the difference and joins both", "warn")
            return
        wrong = len(self.info.version_validation_errors)
        self.say(f"saved; the archive finds {plural(wrong, 'problem')}: n goes there" if wrong else "saved, and valid", "warn" if wrong else "good")


def _saving_words(prepared: Prepared, form: Form) -> str:
    changes = [one.words for one in prepared.changes]
    lines = changes[:_MOST_SHOWN] + ([f"… and {len(changes) - _MOST_SHOWN} more"] if len(changes) > _MOST_SHOWN else [])
    if prepared.theirs_changed:
        lines += ["", f"Somebody else changed meanwhile, and it stays: {'; '.join(one.words for one in prepared.theirs_changed[:3])}"]
    if wrong := len(form.to_mend):
        lines += ["", f"{wrong} to mend: the archive takes it all the same, and can't publish it."]
    return "\n".join(lines)
