"""One file: what the archive knows of it, as a page and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dandi_tui.api.remedies import remedy
from dandi_tui.api.rights import why_not_write
from dandi_tui.api.summary import asset_facts
from dandi_tui.api.targets import Target, dandi_uri
from dandi_tui.errors import DandiTuiError
from dandi_tui.screens.copying import copy_place, open_with_place
from dandi_tui.screens.page import PagePane, metadata_views, prose
from dandi_tui.screens.preview import labelled
from dandi_tui.text import ago, number, size
from dandi_tui.widgets.line import Line, Piece

if TYPE_CHECKING:
    from dandi_tui.api.models import Asset


class AssetPane(PagePane):
    """A file's page.

    Args:
        asset_id: The asset.
        path: Its path.
        dandiset_id: The Dandiset it was reached by; None: by its id alone.
        version: The version it was reached by.
    """

    ACTIONS: ClassVar[tuple[str, ...]] = (
        "out", "switch", "download", "copy", "open_with", "up", "down", "page_up", "page_down", "half_up", "half_down",
        "first", "last", "delete", "bookmark", "refresh",
    )  # fmt: skip

    def __init__(self, asset_id: str, path: str, dandiset_id: str | None, version: str | None) -> None:
        super().__init__(path, {"page": prose("Asking the archive…", "dim")})
        self.asset_id, self.path = asset_id, path
        self.dandiset_id, self.version = dandiset_id, version
        self.asset: Asset | None = None
        self._gone = False

    def crumbs(self) -> list[str]:
        """The Dandiset, and the path."""
        return ["DANDI", *([f"{self.dandiset_id} {self.version}"] if self.dandiset_id else []), *self.path.split("/")]

    def on_mount(self) -> None:
        """Asks for the record."""
        super().on_mount()
        self.do_refresh()

    def do_refresh(self) -> None:
        """Asks the archive again."""
        self.run_worker(self._load(), exclusive=True, exit_on_error=False)

    async def _load(self) -> None:
        try:
            client = await self.tui.client()
            self.asset = await client.asset(self.asset_id, dandiset_id=self.dandiset_id, version=self.version)
            problems, mends = "", ""
            if self.dandiset_id and self.version:
                found = await client.asset_validation(self.dandiset_id, self.version, self.asset_id)
                problems = "; ".join(f"{one.field}: {one.message}" for one in found.validation_errors) or found.status.lower()
                mends = " ".join(dict.fromkeys(remedy(one.field, one.message, of_file=True) for one in found.validation_errors))
        except DandiTuiError as error:
            self.views = {"page": prose(f"{error.what}. Press r to try again, ← to go back.", "dim")}
            self.say_error(error)
        else:
            asset = self.asset
            self.views = {"page": lambda cells: _facts(asset, problems, mends, cells), **metadata_views(asset.metadata or {})}
        self.fill()
        self.draw_frame()

    def place(self) -> str:
        """The file, as `dandi://…`; nothing where it was reached by its id alone."""
        return dandi_uri(self._target(), self.tui.instance) if self.dandiset_id else ""

    def _target(self) -> Target:
        return Target("asset", None, self.tui.instance.api_url, self.dandiset_id, self.version, self.path, self.asset_id)

    def do_download(self) -> None:
        """Downloads the file."""
        from dandi_tui.screens.downloading import ask_download

        ask_download(self.tui, [self._target()], self.path)

    def do_copy(self) -> None:
        """Copies the file's place in a form of choice."""
        copy_place(self.tui, self._target())

    def why_not_delete(self) -> str:
        """Files are taken out of drafts alone; the archive says who may."""
        if reason := why_not_write(self.tui.me):
            return reason
        return "" if self.dandiset_id and self.version == "draft" else "A published version stays as it is."

    def do_delete(self) -> None:
        """Shows what would be deleted."""
        from dandi_tui.screens.asset_changes import show_deletes

        show_deletes(self.tui, self.dandiset_id or "", [self.path])

    def files_changed(self, dandiset_id: str) -> None:
        """The file was deleted from here: this page goes, once it is come back to."""
        self._gone = dandiset_id == self.dandiset_id

    def on_screen_resume(self) -> None:
        """Leaves a file that is no more."""
        if self._gone:
            self.call_later(self.tui.go_out)

    def do_open_with(self) -> None:
        """Addresses of viewers for the file."""
        open_with_place(self.tui, self._target(), self.asset)


def _facts(asset: Asset, problems: str, mends: str, cells: int) -> list[Line]:
    facts = [
        ("path", asset.path),
        ("size", f"{size(asset.size)} ({number(asset.size)} bytes)"),
        ("validation", problems),
        ("to mend", mends),
        ("created", f"{asset.created.isoformat()} ({ago(asset.created)})"),
        ("modified", asset.modified.isoformat()),
        *asset_facts(asset.metadata or {}),
        ("asset", asset.asset_id),
        ("blob" if asset.blob else "zarr", asset.blob or asset.zarr or ""),
    ]
    return [(Piece(" "), *line) for line in labelled(facts, cells - 2)]
