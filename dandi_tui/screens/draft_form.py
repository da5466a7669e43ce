"""A draft's metadata in a form: brought from the archive, edits kept on this machine, and all of it in the person's own editor."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from dandi_tui.api.rights import why_not_change
from dandi_tui.describe import kept
from dandi_tui.describe.as_text import read_back, written
from dandi_tui.describe.form import Form
from dandi_tui.describe.placing import from_archive, placed
from dandi_tui.describe.schema import SchemaError, read_schema
from dandi_tui.errors import DandiTuiError
from dandi_tui.owning.registering import family_first
from dandi_tui.screens.form import FormPane
from dandi_tui.screens.menu import Choice
from dandi_tui.text import ago, plural
from dandi_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from textual.timer import Timer

    from dandi_tui.api.models import Owner, VersionInfo
    from dandi_tui.describe.schema import Record
    from dandi_tui.describe.tree import Path

_KEEP_AFTER = 1.0


class DraftForm(FormPane):
    """The metadata of a draft; a pane of it saves them in `do_save`.

    Args:
        dandiset_id: Six digits.
        field: The field to go to, as the archive names it; empty: the first row.
    """

    def __init__(self, dandiset_id: str, field: str = "") -> None:
        super().__init__()
        self.dandiset_id, self.wanted = dandiset_id, field
        self.info: VersionInfo | None = None
        self.owners: list[Owner] = []
        self.allowed: list[str] = []
        self._keeping: Timer | None = None
        self._kept = False

    def crumbs(self) -> Sequence[str]:
        """The Dandiset's draft."""
        return ["DANDI", f"{self.dandiset_id} draft", "metadata"]

    def title_words(self) -> str:
        """The Dandiset's name."""
        return str(self.form.document.get("name") or self.dandiset_id) if self.form else self.dandiset_id

    def facts(self) -> str:
        """The schema's version and the draft's state."""
        version = self.form.schema.version if self.form else ""
        return " · ".join(one for one in (f"schema {version}" if version else "", self.info.status.lower() if self.info else "") if one)

    def on_mount(self) -> None:
        """Asks for schema, document and owners side by side."""
        self.set_focus(self.query_one(LineList))
        self.run_worker(self._load(), group="load", exclusive=True, exit_on_error=False)

    async def _load(self) -> None:
        try:
            client = await self.tui.client()
            asked = (client.schema(), client.version_metadata(self.dandiset_id, "draft"), client.version_info(self.dandiset_id, "draft"))
            schema, document, self.info = await asyncio.gather(*asked)
            self.owners, about = await asyncio.gather(client.owners(self.dandiset_id), client.info())
            self.allowed = about.allowed_schema_versions
            self.form = Form(read_schema(schema), document)
        except SchemaError as error:
            self._failed(error)
            return
        except DandiTuiError as error:
            self._failed(error)
            return
        self.place_words(self.info)
        self.show_form(placed(self.wanted, document) if self.wanted else None)
        self._warn_of_version(document)
        if reason := self.fixed_reason():
            self.say(f"To be read only: {reason}", "warn")
        else:
            self._offer_kept()

    def _failed(self, error: DandiTuiError) -> None:
        self.rows.why_empty = f"{error.what}. ← goes back."
        self.query_one(LineList).reload()
        self.say_error(error)

    def place_words(self, info: VersionInfo) -> None:
        """Puts the archive's words at their fields, but for what the form says itself."""
        if self.form is None:
            return
        told = from_archive(((one.field, one.message) for one in info.version_validation_errors), self.form.document)
        own = {one.path for one in self.form.problems if one.source == "form"}
        self.form.told = [one for one in told if one.path not in own]

    def _warn_of_version(self, document: dict[str, Any]) -> None:
        version = str(document.get("schemaVersion") or "")
        if self.form and version and version != self.form.schema.version and version not in self.allowed:
            self.say(f"This document follows schema {version}, the archive's is {self.form.schema.version}: what the form does not know is kept.", "warn")

    def _offer_kept(self) -> None:
        found = kept.kept(self.tui.instance.api_url, self.dandiset_id)
        if found is None or self.form is None:
            return
        edits = len(Form(self.form.schema, found.base, found.document).changes)
        if not edits:
            return

        def answered(value: str) -> None:
            if value == "take" and self.form:
                self._kept = True
                self.form.base = found.base
                self.form.become(found.document)
                self.changed()
            elif value == "drop":
                kept.forget(self.tui.instance.api_url, self.dandiset_id)

        words = f"{plural(edits, 'change')} of {ago(found.at)}, not saved"
        self.tui.choose(words, [Choice("take", "take them up"), Choice("drop", "drop them"), Choice("later", "leave them for later")], answered)

    # What may be done

    def fixed_reason(self) -> str:
        """Owners and administrators alone may change it, and not while it is being opened or published."""
        if self.form is None or self.info is None:
            return "It is not there yet."
        if reason := why_not_change(self.tui.me, self.owners, self.info.dandiset):
            return reason
        return "It is being published: wait until that is done." if self.info.status == "Publishing" else ""

    def look_up(self, path: Path) -> Callable[[str], Awaitable[list[str]]] | None:
        """Names of contributors are looked up among the archive's users, species among those of its files."""
        if self.form is None or path[-1] != "name" or len(path) < 2:
            return None
        kind = self.form.kind_at(path[:-1])
        if kind == "Person":
            return self._users
        return self._species if kind in {"SpeciesType", "GenericType"} else None

    async def _users(self, text: str) -> list[str]:
        return [family_first(one.name) for one in await (await self.tui.client()).account.find_users(text.split(",", maxsplit=1)[0].strip())]

    async def _species(self, text: str) -> list[str]:
        return await (await self.tui.client()).species(text)

    def templates(self, kinds: Sequence[Record]) -> dict[str, tuple[str, Record, dict[str, Any]]]:
        """A funder is an organization with that role; a contact person a person with that."""
        made: dict[str, tuple[str, Record, dict[str, Any]]] = {}
        for name, words, kind, role in (
            ("funder", "Funder: an organization with its award", "Organization", "dcite:Funder"),
            ("contact", "Contact person", "Person", "dcite:ContactPerson"),
        ):
            record = next((one for one in kinds if one.name == kind and one.field("roleName")), None)
            if record:
                made[name] = (words, record, {"roleName": [role]})
        return made

    # Edits are kept

    def changed(self, path: Path | None = None) -> None:
        """Draws the form, and keeps the edits on this machine once typing rests."""
        super().changed(path)
        if self._keeping:
            self._keeping.stop()
        self._keeping = self.set_timer(_KEEP_AFTER, self._keep)

    def _keep(self) -> None:
        if self.form is None:
            return
        if not self.form.is_changed:
            self.forget()
        elif kept.keep(self.tui.instance.api_url, self.dandiset_id, self.form.base, self.form.document):
            self._kept = True
        else:
            self.say("The edits can't be kept on this machine: save them before you leave.", "warn")

    def forget(self) -> None:
        """Forgets the edits that were kept here; those of another window stay."""
        if self._kept:
            self._kept = False
            kept.forget(self.tui.instance.api_url, self.dandiset_id)

    def on_unmount(self) -> None:
        """Keeps what is not saved."""
        self._keep()

    def do_out(self) -> None:
        """Leaves; with unsaved edits, asks what becomes of them."""
        if self.form is None or not self.form.is_changed:
            self.tui.go_out()
            return

        def answered(value: str) -> None:
            if value == "save":
                self.perform("save")
            elif value == "drop" and self.form:
                self.form.saved(self.form.base)
                self.tui.go_out()
            elif value == "keep":
                self.tui.go_out()

        choices = [Choice("keep", "leave; keep them on this machine, to go on later"), Choice("save", "save them"), Choice("drop", "leave, and drop them")]
        self.tui.choose(f"{plural(len(self.form.changes), 'change')} not saved", choices, answered)

    def do_peel(self) -> None:
        """Puts the message away, then leaves."""
        if not self.unsay():
            self.do_out()

    # The person's own editor

    def do_own_editor(self) -> None:
        """Edits the document as YAML in $EDITOR."""
        from textual.app import SuspendNotSupported

        from dandi_tui.owning.editor import edit_text

        if self.form is None:
            return
        text = written(self.form.document, self.form.schema, f"Metadata of {self.dandiset_id}, draft")
        try:
            with self.app.suspend():
                after, path = edit_text(text, f"-{self.dandiset_id}.yaml")
        except SuspendNotSupported:
            self.say("This terminal can't be handed to an editor.", "warn")
            return
        except DandiTuiError as error:
            self.tui.do_redraw()
            self.say_error(error)
            return
        self.tui.do_redraw()
        try:
            done = self.form.become(read_back(after, self.form.document, self.form.schema), ())
        except DandiTuiError as error:
            error.remedy = f"Your text is in {path}."
            self.say_error(error)
            return
        path.unlink(missing_ok=True)
        self.changed()
        self.say("taken over; u takes it back" if done else "nothing was changed")
