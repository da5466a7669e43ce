"""Registering a Dandiset: the fields that the archive asks for, as a form."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dandi_tui.api.rights import why_not_write
from dandi_tui.describe.checks import Problem
from dandi_tui.describe.form import Form
from dandi_tui.describe.schema import Field, Record, Schema, Shape
from dandi_tui.errors import ArchiveError, DandiTuiError
from dandi_tui.owning.registering import LONGEST_AWARD, LONGEST_DESCRIPTION, LONGEST_TITLE, Registration, advice, problems, register
from dandi_tui.screens.form import FormPane
from dandi_tui.screens.notice import Notice
from dandi_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dandi_tui.describe.tree import Path

_LICENSES = ("spdx:CC-BY-4.0", "spdx:CC0-1.0")


def registration_schema(licenses: Sequence[str], *, admin: bool = False, embargoed: bool = False) -> Schema:
    """The fields of a registration, as a form has them.

    Args:
        licenses: The archive's licences.
        admin: Whether it is an administrator who registers, who may choose the number.
        embargoed: Whether it is embargoed: its licence may be chosen later.
    """
    number = Field("number", "Number", "Empty: the archive's next. Administrators alone may choose it.", Shape("text", longest=6))
    fields = (
        Field("name", "Title", "What the study is, in a line that tells it from others.", Shape("text", longest=LONGEST_TITLE), required=True),
        Field("description", "Description", "What was done, and what the files hold.", Shape("text", longest=LONGEST_DESCRIPTION), required=True),
        Field("license", "Licence", "How others may use the data.", Shape("choice", choices=tuple(licenses) or _LICENSES), required=not embargoed),
        Field("embargoed", "Embargoed", "Only owners see it until it is opened (O).", Shape("flag")),
        Field("until", "Embargo ends", "Empty: in two years. With an award, in five at the latest.", Shape("text", formats=("date",))),
        Field("funder", "Funding source", "Who pays for an embargoed study; goes with the award's number.", Shape("text")),
        Field("award", "Award number", "The number of the award.", Shape("text", longest=LONGEST_AWARD)),
        *([number] if admin else []),
    )
    return Schema(Record("Registration", "Registration", fields), {}, "")


class RegisterPane(FormPane):
    """A new Dandiset.

    Args:
        then: What is done with its number, back in the pane before; None: its page is opened.
    """

    def __init__(self, then: Callable[[str], None] | None = None) -> None:
        super().__init__()
        self._then = then

    def crumbs(self) -> Sequence[str]:
        """What it is."""
        return ["DANDI", "register"]

    def title_words(self) -> str:
        """What it is."""
        return "A new Dandiset: w registers it"

    def facts(self) -> str:
        """The archive where it will be."""
        return self.tui.instance.name

    def on_mount(self) -> None:
        """Shows the fields at once; the archive's licences come when it has told them."""
        self.set_focus(self.query_one(LineList))
        self._begin(_LICENSES)
        self.run_worker(self._ask_licenses(), group="licences", exclusive=True, exit_on_error=False)

    def _begin(self, licenses: Sequence[str]) -> None:
        self.licenses = licenses
        self.form = Form(self._schema({}), {}, {})
        self._say_problems()
        self.show_form(None if self.query_one(LineList).cursor else ("name",))

    def _schema(self, document: dict[str, Any]) -> Schema:
        admin = self.tui.me is not None and self.tui.me.admin
        return registration_schema(self.licenses, admin=admin, embargoed=document.get("embargoed") is True)

    async def _ask_licenses(self) -> None:
        try:
            found = (await (await self.tui.client()).info()).instance_config.licenses
        except DandiTuiError:
            return
        if found and self.is_mounted and self.form and not self.form.document:
            self._begin(found)

    def _asked(self) -> Registration:
        document = self.form.document if self.form else {}
        texts = {name: str(document.get(name) or "") for name in ("name", "description", "license", "until", "funder", "award", "number")}
        embargoed = document.get("embargoed") is True
        return Registration(embargoed=embargoed, **texts)

    def _say_problems(self) -> None:
        if self.form is None:
            return
        own = {one.path for one in self.form.problems if one.source == "form"}
        asked = self._asked()
        found = [one for one in problems(asked, datetime.now(UTC).date()) if (one.field,) not in own]
        self.form.told = [Problem((one.field,), one.message, source="archive") for one in found]
        if not asked.embargoed:
            idle = [name for name in ("until", "funder", "award") if getattr(asked, name)]
            self.form.told += [Problem((name,), "counts for an embargoed Dandiset alone", source="archive", advice=True) for name in idle]

    def changed(self, path: Path | None = None) -> None:
        """Looks at what is wrong after each change; an embargo asks for other fields."""
        if self.form:
            self.form.ask(self._schema(self.form.document))
        self._say_problems()
        super().changed(path)

    def fixed_reason(self) -> str:
        """Approved accounts alone may register."""
        return why_not_write(self.tui.me)

    def why_not_own_editor(self) -> str:
        """There is little to edit."""
        return "The few fields here are edited one by one; E edits all metadata once it is registered."

    def why_not_save(self) -> str:
        """All that the archive asks for must be there."""
        if reason := self.fixed_reason():
            return reason
        if self.form is None:
            return "It is not there yet."
        wanted = self.form.to_mend
        return f"{self.form.schema.root.field(str(wanted[0].path[0])).title}: {wanted[0].words}." if wanted else ""  # type: ignore[union-attr]

    def do_save(self) -> None:
        """Asks once more, then registers."""
        asked = self._asked()
        until = asked.until or "two years from today"
        open_words = f"It is embargoed until {until}." if asked.embargoed else "It is open: everybody sees its draft at once."
        becomes = f"Dandiset {asked.number.zfill(6)}" if asked.number else "a Dandiset"
        words = "\n".join(one for one in (f"«{asked.name}» becomes {becomes} of yours.", open_words, advice(asked, self.tui.instance.name)) if one)

        def answered(yes: bool | None) -> None:
            if yes:
                self.run_worker(self._register(asked), group="register", exclusive=True, exit_on_error=False)

        self.app.push_screen(Notice("Register", words, yes=("w", "register")), answered)

    async def _register(self, asked: Registration) -> None:
        from dandi_tui.screens.dandiset import DandisetPane

        self.say("registering…")
        try:
            made = await register(await self.tui.client(), asked, self.tui.me)
        except ArchiveError as error:
            self._refused(error)
            return
        except DandiTuiError as error:
            self.say_error(error)
            return
        if self._then is not None:
            self.app.pop_screen()
            self._then(made.identifier)
            return
        self.app.switch_screen(DandisetPane(made.identifier, "draft"))
        self.call_later(lambda: self.tui.pane.say(f"{made.identifier} is registered: E describes it, U shares it", "good"))

    def _refused(self, error: ArchiveError) -> None:
        names = {"embargo_end_date": "until", "funding_source": "funder", "award_number": "award"}
        if self.form and error.fields:
            known = {field.name for field in self.form.schema.root.fields}
            places: list[tuple[str, str]] = [(names.get(one.field.rpartition(".")[2], one.field.rpartition(".")[2]), one.message) for one in error.fields]
            self.form.told = [Problem((name,), words, source="archive") for name, words in places if name in known]
            self.show_form()
        self.say_error(error)
