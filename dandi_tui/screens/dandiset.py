"""A Dandiset: what it is, and its files as a tree."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from dandi_tui.api.rights import why_not_change, why_not_write
from dandi_tui.api.summary import DandisetSummary, summarize
from dandi_tui.api.targets import Target, dandi_uri
from dandi_tui.errors import DandiTuiError
from dandi_tui.screens.about import AboutPane
from dandi_tui.screens.asset import AssetPane
from dandi_tui.screens.asset_changes import ask_rename, show_deletes
from dandi_tui.screens.asset_tree import AssetTreePane
from dandi_tui.screens.copying import copy_place, copy_places, open_with_place
from dandi_tui.screens.dandiset_words import head_lines
from dandi_tui.screens.menu import Choice
from dandi_tui.screens.owning import OwnerActions
from dandi_tui.screens.preview import entry_lines
from dandi_tui.screens.problems import ProblemsPane
from dandi_tui.text import ago, plural
from dandi_tui.widgets.line import Line, Piece
from dandi_tui.widgets.line_list import LineList
from dandi_tui.widgets.lines import Lines
from dandi_tui.widgets.path_filter import PathFilter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dandi_tui.api.models import Asset, VersionInfo
    from dandi_tui.widgets.tree_model import TreeEntry


_MOST_TOLD = 64


class DandisetPane(AssetTreePane, OwnerActions):
    """A Dandiset's page and tree.

    Args:
        dandiset_id: Six digits.
        version: `draft` or a number; None: the newest published one, else the draft.
        path: A folder or file to go to; "" is the root.
        inside: An object in that file to go to.
    """

    ACTIONS: ClassVar[tuple[str, ...]] = (
        "enter", "unfold", "filter", "mark", "download", "copy", "versions", "describe", "metadata", "up", "down", "page_up", "page_down",
        "half_up", "half_down", "first", "last", "fold", "invert", "unmark", "open_with", "problems", "sort", "edit_metadata",
        "owners", "publish", "star", "delete", "rename", "unembargo", "unfinished", "bookmark", "refresh",
    )  # fmt: skip

    def __init__(self, dandiset_id: str, version: str | None, *, path: str = "", inside: str = "") -> None:
        super().__init__(dandiset_id, version, path, inside)
        self.info: VersionInfo | None = None
        self.summary: DandisetSummary | None = None
        self._told: dict[str, Asset] = {}

    def crumbs(self) -> Sequence[str]:
        """The Dandiset, its version, the folder."""
        folders = self.rows.model.root.split("/") if self.rows.model.root else []
        return ["DANDI", f"{self.dandiset_id} {self.version or ''}".strip(), *folders]

    def place(self) -> str:
        """The folder or Dandiset that is shown, as `dandi://…`."""
        root = self.rows.model.root
        folder = Target("folder", None, None, self.dandiset_id, self.version, root + "/")
        return dandi_uri(folder if root else self.place_of(None), self.tui.instance)

    def head(self, cells: int) -> Sequence[Line]:
        """Name; people, licence, access; what it is; when, DOI, problems."""
        if self.info is None or self.summary is None:
            return [(Piece(" "),)] * 4
        return head_lines(self.info, self.summary, self.tui.signs, cells)

    def on_mount(self) -> None:
        """Asks for the page and the tree."""
        self.set_focus(self.query_one("#tree"))
        self.call_after_refresh(self.do_refresh)

    # Beside the tree

    def preview(self, cells: int) -> Sequence[Line]:
        """The folder or file under the cursor."""
        entry = self.entry()
        return entry_lines(entry, self._told.get(entry.asset_id), cells) if entry else []

    def fetch_preview(self) -> None:
        """Asks for the metadata of the file under the cursor."""
        entry = self.entry()
        if entry and entry.asset_id and entry.asset_id not in self._told:
            self.run_worker(self._tell(entry.asset_id), group="preview", exclusive=True, exit_on_error=False)

    async def _tell(self, asset_id: str) -> None:
        try:
            asset = await (await self.tui.client()).asset(asset_id, dandiset_id=self.dandiset_id, version=self.version)
        except DandiTuiError:
            return
        if len(self._told) >= _MOST_TOLD:
            self._told.clear()
        self._told[asset_id] = asset
        self.query_one("#preview", Lines).draw_again()

    # Asking

    def do_refresh(self) -> None:
        """Asks the archive again; what is unfolded stays so, and the cursor on its file."""
        self.clear_filter()
        entry = self.entry()
        self.paths = PathFilter()
        self.rows.model.forget()
        self.query_one("#tree", LineList).reload(cursor=0)
        self.run_worker(self._load(entry.path if entry else ""), group="page", exclusive=True, exit_on_error=False)

    async def _load(self, under_cursor: str) -> None:
        try:
            client = await self.tui.client()
            self.version = await client.version_meant(self.dandiset_id, self.version)
            self.take_marks()
            await asyncio.gather(self._load_info(self.version), self.load_folder(self.rows.model.root))
            await self.load_unfolded(under_cursor)
            await self.go_to_wanted()
        except DandiTuiError as error:
            self.rows.why_empty = f"{error.what}. Press r to try again, ← to go back."
            self.query_one("#tree", LineList).reload()
            self.say_error(error)

    async def _load_info(self, version: str) -> None:
        self.info = await (await self.tui.client()).version_info(self.dandiset_id, version)
        self.summary = summarize(self.info.metadata)
        self.draw_frame()
        self.tui.visited(self)
        if self.tui.has_key:
            self.run_worker(self.learn_owned(), group="owned", exclusive=True, exit_on_error=False)

    # Actions

    def place_of(self, entry: TreeEntry | None) -> Target:
        """The target of an entry; of the Dandiset where there is none."""
        api = self.tui.instance.api_url
        if entry is None:
            return Target("dandiset", None, api, self.dandiset_id, self.version)
        if entry.is_folder:
            return Target("folder", None, api, self.dandiset_id, self.version, entry.path + "/")
        return Target("asset", None, api, self.dandiset_id, self.version, entry.path, entry.asset_id)

    def do_download(self) -> None:
        """Downloads the marks, else what is under the cursor."""
        from dandi_tui.screens.downloading import ask_download

        marks, entry = self.tui.marks, self.entry()
        if len(marks):
            ask_download(self.tui, marks.targets(self.tui.instance.api_url), marks.words())
        else:
            ask_download(self.tui, [self.place_of(entry)], entry.path if entry else self.dandiset_id)

    def do_copy(self) -> None:
        """Copies the marks, else what is under the cursor, in a form of choice; the Dandiset's citation is among them."""
        if len(self.tui.marks) > 1:
            copy_places(self.tui, self.tui.marks.targets(self.tui.instance.api_url))
        else:
            copy_place(self.tui, self.place_of(self.entry()), self.info.metadata if self.info else None)

    def do_open_with(self) -> None:
        """Addresses of viewers for what is under the cursor."""
        entry = self.entry()
        place = self.place_of(entry if entry and not entry.is_folder else None)
        open_with_place(self.tui, place, size=entry.size if entry else 0)

    def why_not_problems(self) -> str:
        """The page may not be there yet."""
        return "" if self.info else "The page is not there yet."

    def do_metadata(self) -> None:
        """The metadata of the file under the cursor; where a folder is, that of the Dandiset."""
        entry = self.entry()
        if entry and not entry.is_folder:
            self.app.push_screen(AssetPane(entry.asset_id, entry.path, self.dandiset_id, self.version))
        else:
            self.do_describe()

    def do_describe(self) -> None:
        """What the Dandiset is, at length, with its metadata raw."""
        self.app.push_screen(AboutPane(self.dandiset_id, self.version, self.info))

    def do_problems(self) -> None:
        """What the archive finds wrong, the Dandiset's own first."""
        self.app.push_screen(ProblemsPane(self.dandiset_id, self.version, self.info))

    # Owning

    def owned_id(self) -> str:
        """This Dandiset."""
        return self.dandiset_id

    def owned_changed(self) -> None:
        """Asks for the page again; its files are the same."""
        self.run_worker(self._page_again(), group="page", exclusive=True, exit_on_error=False)

    async def _page_again(self) -> None:
        try:
            await self._load_info(self.version or "draft")
        except DandiTuiError as error:
            self.say_error(error)

    def why_not_delete(self) -> str:
        """What exactly can be deleted is told one by one."""
        return why_not_write(self.tui.me)

    def do_delete(self) -> None:
        """Asks what is meant: what is under the cursor, the marks, the version, the Dandiset."""
        from dandi_tui.screens import deleting

        entry, version = self.entry(), self.version or "draft"
        path = f"{entry.path}/" if entry and entry.is_folder else entry.path if entry else ""
        marked = sorted(self.rows.model.marks)
        # As long as it is not known who the owners are, the archive is left to say it.
        known = self.owned_by is not None
        reason = why_not_change(self.tui.me, self.owned_by or [], self.info.dandiset if self.info else None) if known else why_not_write(self.tui.me)
        found = deleting.choices(self.dandiset_id, version, path, marked, reason, super().why_not_delete(), self.tui.me)

        def chosen(what: str) -> None:
            if what == "dandiset":
                self.delete_dandiset()
            elif what == "version":
                self.delete_version(version)
            else:
                show_deletes(self.tui, self.dandiset_id, marked if what == "marks" else [path])

        self.tui.choose("Delete…", found, chosen)

    def why_not_rename(self) -> str:
        """Files change in drafts alone, and by those who may."""
        if self.version not in {None, "draft"}:
            return "A published version stays as it is: V goes to the draft."
        known = self.owned_by is not None and self.info is not None
        reason = why_not_change(self.tui.me, self.owned_by or [], self.info.dandiset if self.info else None) if known else why_not_write(self.tui.me)
        return reason or ("" if self.rows.model.marks or self.entry() else "There is no file here.")

    def do_rename(self) -> None:
        """Asks for new paths of the marks, else of what is under the cursor, and shows the plan."""
        entry = self.entry()
        meant = sorted(self.rows.model.marks) or ([entry.path] if entry else [])
        ask_rename(self.tui, self.dandiset_id, meant)

    def files_changed(self, dandiset_id: str) -> None:
        """Shows what is there."""
        if dandiset_id == self.dandiset_id:
            self.tui.marks.put(dandiset_id, "draft", ())
            self.do_refresh()

    def do_versions(self) -> None:
        """Asks for the versions, then opens the one chosen."""
        self.tui.choose_from("Versions", self._versions, self._switch_version, current=self.version or "")

    async def _versions(self) -> list[Choice]:
        try:
            found = [one async for one in (await self.tui.client()).versions(self.dandiset_id)]
        except DandiTuiError as error:
            self.say_error(error)
            return []
        return [Choice(one.version, one.version, note=f"{ago(one.created)}  {plural(one.asset_count, 'file')}  {one.release_notes or ''}") for one in found]

    def _switch_version(self, version: str) -> None:
        self.version, self.info = version, None
        self.do_refresh()
