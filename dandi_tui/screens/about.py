"""What a Dandiset is: all that the archive knows of a version, as a page, as its metadata, and how to cite it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dandi_tui.api.citation import FORMATS, cite_as
from dandi_tui.api.targets import Target, dandi_uri
from dandi_tui.errors import DandiTuiError
from dandi_tui.screens.copying import copy_place, open_with_place
from dandi_tui.screens.dandiset_words import about_lines, owner_words
from dandi_tui.screens.page import PagePane, indented, metadata_views, prose
from dandi_tui.widgets.line import Line, Piece

if TYPE_CHECKING:
    from dandi_tui.api.models import VersionInfo


class AboutPane(PagePane):
    """A Dandiset's version at length.

    Args:
        dandiset_id: Six digits.
        version: `draft` or a number; None: the newest published one, else the draft.
        info: What is known of it; None: the archive is asked.
    """

    ACTIONS: ClassVar[tuple[str, ...]] = (
        "out", "switch", "copy", "open_with", "problems", "up", "down", "page_up", "page_down", "half_up", "half_down", "first", "last",
        "refresh",
    )  # fmt: skip

    def __init__(self, dandiset_id: str, version: str | None, info: VersionInfo | None = None) -> None:
        super().__init__("about", {"page": prose("Asking the archive…", "dim")})
        self.dandiset_id, self.version, self.info = dandiset_id, version, info
        self._owners: list[str] | None = None
        self._owners_fault = ""

    def crumbs(self) -> list[str]:
        """The Dandiset."""
        return ["DANDI", f"{self.dandiset_id} {self.version or ''}".strip(), "about"]

    def on_mount(self) -> None:
        """Shows what is known, asks for the rest."""
        super().on_mount()
        self._show()
        self.run_worker(self._load(), group="about", exclusive=True, exit_on_error=False)

    def do_refresh(self) -> None:
        """Asks the archive again."""
        self.info = None
        self.run_worker(self._load(), group="about", exclusive=True, exit_on_error=False)

    async def _load(self) -> None:
        self.run_worker(self._load_owners(), group="owners", exclusive=True, exit_on_error=False)
        if self.info is not None:
            return
        try:
            client = await self.tui.client()
            self.version = await client.version_meant(self.dandiset_id, self.version)
            self.info = await client.version_info(self.dandiset_id, self.version)
        except DandiTuiError as error:
            self.views = {"page": prose(f"{error.what}. Press r to try again, ← to go back.", "dim")}
            self.fill()
            self.say_error(error)
        self._show()

    async def _load_owners(self) -> None:
        try:
            found = await (await self.tui.client()).owners(self.dandiset_id)
            self._owners, self._owners_fault = [one.name or one.username for one in found], ""
        except DandiTuiError as error:
            self._owners_fault = error.what
        self.fill()

    def _show(self) -> None:
        if self.info is not None:
            self.views = {"page": self._at_length, "cite": self._citations, **metadata_views(self.info.metadata)}
            self.fill()
            self.draw_frame()

    def _at_length(self, cells: int) -> list[Line]:
        return about_lines(self.info, owner_words(self._owners, self._owners_fault), cells) if self.info else []

    def _citations(self, cells: int) -> list[Line]:
        if self.info is None:
            return []
        lines: list[Line] = []
        if self.info.is_draft:
            lines += [(Piece(" This is a draft: it may change, and has no DOI. Cite a published version where there is one (V).", "warn"),), ()]
        for form in FORMATS:
            words = cite_as(self.info.metadata, form)
            told = prose(words)(cells) if form == "text" else indented(words)(cells)
            lines += [(Piece(f" {form}", "title"),), *told, ()]
        return lines

    def place(self) -> str:
        """The Dandiset, as `dandi://…`."""
        return dandi_uri(self._target(), self.tui.instance)

    def _target(self) -> Target:
        return Target("dandiset", None, self.tui.instance.api_url, self.dandiset_id, self.version)

    def do_copy(self) -> None:
        """Copies the Dandiset's place or citation in a form of choice."""
        copy_place(self.tui, self._target(), self.info.metadata if self.info else None)

    def do_open_with(self) -> None:
        """Addresses of viewers for the Dandiset."""
        open_with_place(self.tui, self._target())

    def do_problems(self) -> None:
        """What the archive finds wrong with it."""
        from dandi_tui.screens.problems import ProblemsPane

        self.app.push_screen(ProblemsPane(self.dandiset_id, self.version, self.info))
