"""What a target opens: a Dandiset's page, a file's inside, a file's page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dandi_tui.api.targets import Target, api_address, dandi_uri, instance_of, parse_target
from dandi_tui.errors import DandiTuiError, TargetError

if TYPE_CHECKING:
    from dandi_tui.app import DandiTuiApp
    from dandi_tui.nwb.messages import Open


def open_target(app: DandiTuiApp, target: Target) -> None:
    """Opens what a target names, as far as it can be looked into."""
    from dandi_tui.screens.dandiset import DandisetPane

    if target.kind in {"local", "url"}:
        inspect_file(app, target.path or "", at=target.inside or "")
    elif target.api_url not in {None, app.instance.api_url}:
        app.pane.say_error(_elsewhere(target))
    elif target.dandiset_id is None:
        app.run_worker(_open_asset(app, target.asset_id or "", target.inside or ""), exit_on_error=False)
    else:
        app.push_screen(DandisetPane(target.dandiset_id, target.version, path=(target.path or "").rstrip("/"), inside=target.inside or ""))


def _elsewhere(target: Target) -> DandiTuiError:
    other = instance_of(target)
    place = dandi_uri(target, other) if target.dandiset_id else api_address(target, other)
    remedy = f"A key belongs to one archive, and so does the app: open it by `dandi-tui -i {other.name} {place}`."
    return TargetError(f"this is in another archive, {other.name}", subject=place, remedy=remedy)


async def nwb_source(app: DandiTuiApp, text: str) -> Open:
    """What the reader opens for a text that names a file: a path, an address, a file of the archive.

    Raises:
        DandiTuiError: It names none, or the archive can't be asked.
    """
    from dandi_tui.nwb.messages import Open
    from dandi_tui.transfer.streaming import cache_folder, streamed

    if Path(text).expanduser().exists():
        return Open(str(Path(text).expanduser()))
    target = parse_target(text, default=app.instance)
    if target.kind in {"local", "url"}:
        return Open(target.path or text, folder=str(cache_folder()))
    return await streamed(await app.client(), target)


def inspect_file(app: DandiTuiApp, source: str, *, at: str = "") -> None:
    """Opens the inside of a file of this machine, or at an address, at an object of it; a folder as a tree of its files."""
    from dandi_tui.nwb.messages import Open
    from dandi_tui.screens.inspector import InspectorPane
    from dandi_tui.screens.local_folder import LocalFolderPane, is_inside
    from dandi_tui.screens.nwb_tree import Origin
    from dandi_tui.transfer.streaming import cache_folder

    place = Path(source).expanduser()
    if place.is_dir() and not is_inside(place):
        app.push_screen(LocalFolderPane(place))
        return

    async def opened() -> Open:
        return Open(source, folder=str(cache_folder()) if source.startswith("http") else "")

    app.push_screen(InspectorPane(Origin([source.rstrip("/").rpartition("/")[2] or source], opened, uri=source), at=at))


def inspect_asset(app: DandiTuiApp, asset_id: str, path: str, dandiset_id: str | None, version: str | None, *, at: str = "") -> None:
    """Opens the inside of a file of the archive, streamed, at an object of it."""
    from dandi_tui.screens.asset import AssetPane
    from dandi_tui.screens.inspector import InspectorPane
    from dandi_tui.screens.nwb_tree import Origin
    from dandi_tui.transfer.streaming import streamed

    target = Target("asset", None, app.instance.api_url, dandiset_id, version, path, asset_id)

    async def opened() -> Open:
        return await streamed(await app.client(), target)

    def more() -> None:
        app.push_screen(AssetPane(asset_id, path, dandiset_id, version))

    crumbs = ["DANDI", *([f"{dandiset_id} {version or ''}".strip()] if dandiset_id else []), *path.split("/")]
    uri = dandi_uri(target, app.instance) if dandiset_id else api_address(target, app.instance)
    app.push_screen(InspectorPane(Origin(crumbs, opened, uri=uri, more=more, target=target), at=at))


async def show_asset(app: DandiTuiApp, dandiset_id: str, version: str, path: str) -> None:
    """Opens the page of what the archive knows of a file."""
    from dandi_tui.screens.asset import AssetPane

    try:
        found = await (await app.client()).at_path(dandiset_id, version, path)
    except DandiTuiError as error:
        app.pane.say_error(error)
        return
    if found.asset:
        app.push_screen(AssetPane(found.asset.asset_id, found.asset.path, dandiset_id, version))


async def _open_asset(app: DandiTuiApp, asset_id: str, inside: str) -> None:
    from dandi_tui.screens.asset import AssetPane

    try:
        asset = await (await app.client()).asset(asset_id)
    except DandiTuiError as error:
        app.pane.say_error(error)
    else:
        if inside:
            inspect_asset(app, asset_id, asset.path, None, None, at=inside)
        else:
            app.push_screen(AssetPane(asset_id, asset.path, None, None))
