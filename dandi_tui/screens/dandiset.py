"""A Dandiset: what it is, and its files as a tree."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

import msgspec
from textual.widgets import Input

from dandi_tui.api.summary import DandisetSummary, summarize
from dandi_tui.api.targets import Target, dandi_uri
from dandi_tui.errors import DandiTuiError
from dandi_tui.screens.copying import copy_place, open_with_place
from dandi_tui.screens.menu import Choice
from dandi_tui.screens.page import PagePane, prose, raw
from dandi_tui.screens.pane import Pane
from dandi_tui.text import ago, clip, clip_middle, number, pad, plural, safe, size, width
from dandi_tui.widgets.fuzzy import Pattern
from dandi_tui.widgets.line import Line, Piece, highlighted, spread
from dandi_tui.widgets.line_list import LineList
from dandi_tui.widgets.lines import rule
from dandi_tui.widgets.tree_model import TreeEntry, TreeModel

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.widget import Widget

    from dandi_tui.api.models import Asset, FolderEntry, VersionInfo

_SLICE = 4000


def tree_entry(found: FolderEntry) -> TreeEntry:
    """An entry of the folder view, as the tree has it."""
    asset_id = found.asset.asset_id if found.asset else ""
    return TreeEntry(found.path, found.is_folder, found.aggregate_files, found.aggregate_size, asset_id)


class TreeRows:
    """The rows of the tree, drawn."""

    def __init__(self, pane: DandisetPane) -> None:
        self.pane = pane
        self.model = TreeModel()
        self.pattern = Pattern.parse("")
        self.why_empty = "Asking the archive…"

    def __len__(self) -> int:
        return len(self.model.rows)

    def line(self, row: int, cells: int, *, cursor: bool) -> Line:
        """Cursor, mark, indented name, number of files, size."""
        this, signs = self.model.rows[row], self.pane.tui.signs
        indent = "  " * this.depth
        if this.note:
            return (Piece(f"   {indent}{clip(safe(this.note), max(4, cells - 4 - len(indent)))}", "dim"),)
        entry = this.entry
        mark = signs.mark if self.model.is_marked(entry.path) else " "
        sign = (signs.unfolded if this.unfolded else signs.folded) if entry.is_folder else " "
        room = max(8, cells - 26 - len(indent))
        name = clip_middle(safe(entry.name), room)
        hits = self._hits(entry, name) if self.pattern else ()
        filler = " " * max(0, room - width(name))
        files = number(entry.files) if entry.is_folder and entry.files else ""
        return (
            Piece(signs.cursor if cursor else " ", "", True),
            Piece(mark, "mark", True),
            Piece(f"{indent}{sign} ", "", True),
            *highlighted(name, hits, "folder" if entry.is_folder else ""),
            Piece(filler, "", True),
            Piece(pad(files, 9, right=True), "dim", True),
            Piece(pad(size(entry.size) if entry.size or not entry.is_folder else "", 11, right=True), "", True),
        )

    def _hits(self, entry: TreeEntry, name: str) -> list[int]:
        start = len(entry.path) - len(entry.name)
        return [at - start for at in self.pattern.positions(entry.path) if at >= start] if name == entry.name else []

    def empty(self, cells: int) -> Sequence[Line]:
        """Why there is nothing, and what to press."""
        return [(Piece(" " + clip(self.why_empty, cells - 2), "dim"),)]


class DandisetPane(Pane):
    """A Dandiset's page and tree.

    Args:
        dandiset_id: Six digits.
        version: `draft` or a number; None: the newest published one, else the draft.
        path: A folder or file to go to; "" is the root.
        then: An action to be done once the page is there.
    """

    ACTIONS: ClassVar[tuple[str, ...]] = (
        "enter", "unfold", "filter", "mark", "download", "copy", "versions", "metadata", "up", "down", "page_up", "page_down",
        "half_up", "half_down", "first", "last", "fold", "invert", "unmark", "open_with", "problems", "bookmark", "refresh",
    )  # fmt: skip

    def __init__(self, dandiset_id: str, version: str | None, *, path: str = "", then: str = "") -> None:
        super().__init__()
        self.dandiset_id = dandiset_id
        self.version = version
        self.wanted = path
        self.then = then
        self.info: VersionInfo | None = None
        self.summary: DandisetSummary | None = None
        self.rows = TreeRows(self)
        self.all_assets: list[TreeEntry] | None = None

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
        info, made = self.info, self.summary
        people = "; ".join(made.people[:3]) + (f"; {self.tui.signs.ellipsis} {len(made.people) - 3} more" if len(made.people) > 3 else "")
        access = {"OPEN": "open", "EMBARGOED": "embargoed", "UNEMBARGOING": "being unembargoed"}[info.dandiset.embargo_status]
        rights = " · ".join([*made.licenses, access])
        kinds = " · ".join(filter(None, [", ".join(made.species), ", ".join(made.approaches)]))
        counts = " · ".join(
            filter(
                None,
                [plural(made.subjects, "subject") if made.subjects else "", plural(info.asset_count, "file"), size(info.size)],
            )
        )
        problems = len(info.version_validation_errors) + len(info.asset_validation_errors)
        dates = [f"changed {ago(info.modified)}"] if info.is_draft else [f"published {ago(info.created)}"]
        dates += [f"doi:{made.doi}"] if made.doi else []
        state = f"{plural(problems, 'problem')} (v)" if problems else info.status.lower()
        return [
            (Piece(" " + clip(safe(info.name), cells - 2), "title"),),
            _two(people, rights, cells),
            _two(kinds, counts, cells),
            _two(" · ".join(dates), state, cells, style="bad" if problems else "dim"),
        ]

    def body(self) -> Iterable[Widget]:
        """A rule, the tree, the filter."""
        from dandi_tui.widgets.lines import Lines

        yield Lines(self._files_rule, id="files-rule")
        yield LineList(self.rows, id="tree")
        field = Input(id="filter", compact=True, placeholder="filter all paths", select_on_focus=False)
        field.cursor_blink = False
        yield field

    def _files_rule(self, cells: int) -> Sequence[Line]:
        marks = len(self.rows.model.marks)
        return [
            rule(
                cells,
                self.tui.signs.rule,
                [Piece("files", "title"), Piece(f"  {plural(marks, 'mark')}" if marks else "", "mark")],
            )
        ]

    def on_mount(self) -> None:
        """Asks for the page and the tree."""
        self.query_one("#tree").focus()
        self.call_after_refresh(self.do_refresh)

    # Asking

    def do_refresh(self) -> None:
        """Asks the archive again."""
        self.all_assets = None
        self.rows.model.forget()
        self.run_worker(self._load(), group="page", exclusive=True, exit_on_error=False)

    async def _load(self) -> None:
        try:
            client = await self.tui.client()
            self.version = self.version or await client.newest_version(self.dandiset_id)
            folder = asyncio.ensure_future(self._load_folder(self.rows.model.root))
            self.info = await client.version_info(self.dandiset_id, self.version)
            self.summary = summarize(self.info.metadata)
            self.draw_frame()
            self.tui.visited(self)
            await folder
            await self._go_to_wanted()
        except DandiTuiError as error:
            self.rows.why_empty = f"{error.what}. Press r to try again, ← to go back."
            self.query_one("#tree", LineList).reload()
            self.say_error(error)
            return
        if self.then:
            then, self.then = self.then, ""
            self.perform(then)

    async def _load_folder(self, folder: str) -> None:
        client = await self.tui.client()
        try:
            async for page in client.folder(self.dandiset_id, self.version or "draft", folder).pages():
                self.rows.model.add_children(folder, [tree_entry(entry) for entry in page], complete=False)
                self._tree_changed()
            self.rows.model.add_children(folder, [], complete=True)
        except DandiTuiError as error:
            self.rows.model.set_note(folder, f"{error.what}: r tries again")
            raise
        finally:
            self._tree_changed()
        self.rows.why_empty = "This version has no files yet." if not folder else "This folder is empty."
        self._tree_changed()

    def _tree_changed(self) -> None:
        if self.is_mounted:
            tree = self.query_one("#tree", LineList)
            path = self.rows.model.rows[tree.cursor].entry.path if tree.cursor < len(self.rows) else ""
            tree.reload(cursor=self.rows.model.row_of(path) if path else None)

    async def _go_to_wanted(self) -> None:
        wanted, self.wanted = self.wanted, ""
        if not wanted:
            return
        client = await self.tui.client()
        place = await client.at_path(self.dandiset_id, self.version or "draft", wanted)
        if place.asset:
            self.open_asset(place.asset.asset_id, place.asset.path)
        else:
            self._zoom(wanted)

    def _zoom(self, folder: str) -> None:
        self.rows.model.zoom(folder)
        self.query_one("#tree", LineList).reload(cursor=0)
        self.draw_frame()
        if not self.rows.model.knows(folder):
            self.run_worker(self._load_folder(folder), exit_on_error=False)

    # Filter over all paths

    def do_filter(self) -> None:
        """Filters all paths of the version, loading them behind."""
        self.add_class("filtering")
        self.query_one("#filter").focus()
        if self.all_assets is None:
            self.run_worker(self._load_all(), group="all", exclusive=True, exit_on_error=False)

    async def _load_all(self) -> None:
        found: list[TreeEntry] = []
        try:
            client = await self.tui.client()
            async for page in client.assets(self.dandiset_id, self.version or "draft").pages():
                found += [_from_asset(asset) for asset in page]
                self.say(f"{number(len(found))} paths loaded…")
        except DandiTuiError as error:
            self.say_error(error)
            return
        self.all_assets = found
        self.say(f"{plural(len(found), 'path')} loaded")
        self._filter()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filters at each letter."""
        self.rows.pattern = Pattern.parse(event.value)
        self._filter()

    def _filter(self) -> None:
        if self.all_assets is not None:
            self.run_worker(self._narrow(), group="filter", exclusive=True, exit_on_error=False)

    async def _narrow(self) -> None:
        pattern, matches = self.rows.pattern, []
        if not pattern:
            self.rows.model.show_matches(None)
        else:
            everything = self.all_assets or []
            for start in range(0, len(everything), _SLICE):
                matches += [entry for entry in everything[start : start + _SLICE] if pattern.matches(entry.path)]
                await asyncio.sleep(0)
            self.rows.why_empty = "No path matches; Backspace takes letters back."
            self.rows.model.show_matches(matches)
            self.say(f"{number(len(matches))} of {plural(len(everything), 'path')}")
        self.query_one("#tree", LineList).reload(cursor=0)

    def on_input_submitted(self) -> None:
        """Goes on in what the filter left."""
        self.query_one("#tree").focus()

    # Actions

    def entry(self) -> TreeEntry | None:
        """What is under the cursor."""
        tree = self.query_one("#tree", LineList)
        row = self.rows.model.rows[tree.cursor] if tree.cursor < len(self.rows) else None
        return row.entry if row and not row.note else None

    def place_of(self, entry: TreeEntry | None) -> Target:
        """The target of an entry; of the Dandiset where there is none."""
        api = self.tui.instance.api_url
        if entry is None:
            return Target("dandiset", None, api, self.dandiset_id, self.version)
        if entry.is_folder:
            return Target("folder", None, api, self.dandiset_id, self.version, entry.path + "/")
        return Target("asset", None, api, self.dandiset_id, self.version, entry.path, entry.asset_id)

    def do_peel(self) -> None:
        """The filter, a message, then this place."""
        if self.has_class("filtering"):
            self.query_one("#filter", Input).value = ""
            self.rows.pattern = Pattern.parse("")
            self.rows.model.show_matches(None)
            self.remove_class("filtering")
            self.query_one("#tree").focus()
            self.query_one("#tree", LineList).reload(cursor=0)
            self.unsay()
        elif not self.unsay():
            self.do_fold_out()

    def do_fold_out(self) -> None:
        """Out of a folder that is the place, else out of the Dandiset."""
        root = self.rows.model.root
        if root:
            self.rows.model.zoom(root.rpartition("/")[0])
            self.query_one("#tree", LineList).reload(cursor=self.rows.model.row_of(root) or 0)
            self.draw_frame()
            if not self.rows.model.knows(self.rows.model.root):
                self._zoom(self.rows.model.root)
        else:
            self.tui.go_out()

    def do_unfold(self) -> None:
        """Unfolds a folder; opens a file."""
        entry = self.entry()
        tree = self.query_one("#tree", LineList)
        if entry and entry.is_folder:
            folder = self.rows.model.unfold(tree.cursor)
            self._tree_changed()
            if folder is not None:
                self.run_worker(self._load_folder(folder), exit_on_error=False)
        elif entry:
            self.open_asset(entry.asset_id, entry.path)

    def do_fold(self) -> None:
        """Folds, or goes to the parent; at the top, out."""
        tree = self.query_one("#tree", LineList)
        if tree.cursor >= len(self.rows):
            self.do_fold_out()
            return
        row = self.rows.model.fold(tree.cursor)
        if row is None:
            self.do_fold_out()
        else:
            tree.reload(cursor=row)

    def do_enter(self) -> None:
        """Makes a folder the place, or opens a file."""
        entry = self.entry()
        if entry and entry.is_folder:
            self._zoom(entry.path)
        elif entry:
            self.open_asset(entry.asset_id, entry.path)

    def on_line_list_clicked(self) -> None:
        """A click on the cursor's row opens it."""
        self.do_enter()

    def open_asset(self, asset_id: str, path: str) -> None:
        """Opens a file's page."""
        from dandi_tui.screens.asset import AssetPane

        self.app.push_screen(AssetPane(asset_id, path, self.dandiset_id, self.version))

    def do_mark(self) -> None:
        """Marks, and moves down."""
        tree = self.query_one("#tree", LineList)
        if self.entry():
            self.rows.model.toggle_mark(tree.cursor)
            tree.refresh()
            tree.move(1)
            self.draw_frame()

    def do_invert(self) -> None:
        """Inverts the marks of the first level."""
        self.rows.model.invert_marks()
        self.query_one("#tree").refresh()
        self.draw_frame()

    def do_unmark(self) -> None:
        """Takes all marks away."""
        self.rows.model.marks.clear()
        self.query_one("#tree").refresh()
        self.draw_frame()

    def do_download(self) -> None:
        """Downloads the marks, else what is under the cursor."""
        from dandi_tui.screens.transfers import ask_download

        marks = sorted(self.rows.model.marks)
        entry = self.entry()
        if marks:
            api = self.tui.instance.api_url
            targets = [Target("asset", None, api, self.dandiset_id, self.version, path) for path in marks]
        else:
            targets = [self.place_of(entry)]
        ask_download(self.tui, targets, plural(len(marks), "mark") if marks else (entry.path if entry else self.dandiset_id))

    def do_copy(self) -> None:
        """Copies the place under the cursor in a form of choice; the Dandiset's citation is among them."""
        if self.entry() is None and self.summary and self.summary.citation:
            citation = Choice(self.summary.citation, "citation", note=self.summary.citation)
            self.tui.choose("Copy as", [citation], self.tui.copy_text)
        else:
            copy_place(self.tui, self.place_of(self.entry()))

    def do_open_with(self) -> None:
        """Addresses of viewers for what is under the cursor."""
        entry = self.entry()
        place = self.place_of(entry if entry and not entry.is_folder else None)
        open_with_place(self.tui, place, size=entry.size if entry else 0)

    def why_not_metadata(self) -> str:
        """The page may not be there yet."""
        return "" if self.info else "The page is not there yet."

    why_not_problems = why_not_metadata

    def do_metadata(self) -> None:
        """The Dandiset's metadata as prose and as JSON."""
        if self.info and self.summary:
            document = msgspec.json.format(msgspec.json.encode(self.info.metadata), indent=2).decode()
            self.app.push_screen(PagePane(f"{self.dandiset_id} {self.version} metadata", {"page": prose(self._words()), "JSON": raw(document)}))

    def _words(self) -> str:
        made = self.summary
        if made is None or self.info is None:
            return ""
        facts = [
            ("Contributors", "; ".join(made.people)), ("Contact", made.contact), ("Licence", ", ".join(made.licenses)),
            ("Access", made.access), ("Keywords", ", ".join(made.keywords)), ("Species", ", ".join(made.species)),
            ("Approach", ", ".join(made.approaches)), ("Technique", ", ".join(made.techniques)),
            ("Variables", ", ".join(made.variables)), ("DOI", made.doi), ("Citation", made.citation),
            ("Release notes", self.info.release_notes or ""),
        ]  # fmt: skip
        told = "\n".join(f"{name}: {words}" for name, words in facts if words)
        return f"{self.info.name}\n\n{made.description}\n\n{told}"

    def do_problems(self) -> None:
        """What the archive finds wrong, the Dandiset's own first."""
        if self.info is None:
            return
        lines = [f"{self.dandiset_id}: {one.field or 'metadata'}: {one.message}" for one in self.info.version_validation_errors]
        lines += [f"{one.path}: {one.field or 'metadata'}: {one.message}" for one in self.info.asset_validation_errors]
        words = "\n".join(lines) or "The archive finds nothing wrong."
        self.app.push_screen(PagePane(f"{self.dandiset_id} {self.version} problems", {"problems": prose(words)}))

    def do_versions(self) -> None:
        """Asks for the versions, then opens the one chosen."""
        self.run_worker(self._versions(), exit_on_error=False)

    async def _versions(self) -> None:
        try:
            found = [one async for one in (await self.tui.client()).versions(self.dandiset_id)]
        except DandiTuiError as error:
            self.say_error(error)
            return
        choices = [Choice(one.version, one.version, note=f"{ago(one.created)}  {plural(one.asset_count, 'file')}  {one.release_notes or ''}") for one in found]
        self.tui.choose("Versions", choices, self._switch_version, current=self.version or "")

    def _switch_version(self, version: str) -> None:
        self.version, self.info = version, None
        self.rows.model.marks.clear()
        self.do_refresh()


def _two(left: str, right: str, cells: int, *, style: str = "dim") -> Line:
    tail = clip(safe(right), cells // 2)
    return spread([Piece(" " + safe(left), "")], [Piece(tail + " ", style)], cells)


def _from_asset(asset: Asset) -> TreeEntry:
    return TreeEntry(asset.path, is_folder=False, files=1, size=asset.size, asset_id=asset.asset_id)
