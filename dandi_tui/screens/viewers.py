"""The viewers on the web that the archive offers for a Dandiset or a file, as addresses."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import msgspec

from dandi_tui.screens.menu import Choice

if TYPE_CHECKING:
    from dandi_tui.api.instances import Instance
    from dandi_tui.api.models import Asset
    from dandi_tui.api.targets import Target

_GIGABYTE = 10**9
_NIFTI = (".nii", ".nii.gz")
_LINDI = (".nwb.lindi.json", ".nwb.lindi.tar")


class Addressed(msgspec.Struct, frozen=True):
    """A file's addresses, from which viewers' addresses are made; each is quoted where it stands in another's query.

    Attributes:
        stored: The object in the store, or the download address where access is restricted.
        download: The archive's download address.
        record: The archive's address of the asset.
        dandiset_id: Six digits.
        version: The version.
        path: The file's path.
    """

    stored: str
    download: str
    record: str
    dandiset_id: str
    version: str
    path: str

    @property
    def place(self) -> str:
        """The Dandiset and version as viewers take them."""
        return f"dandisetId={self.dandiset_id}&dandisetVersion={self.version}"


class Viewer(msgspec.Struct, frozen=True):
    """A viewer: for which file names, up to how many bytes (0: any), and its address for a file."""

    name: str
    endings: tuple[str, ...]
    most: int
    address: Callable[[Addressed], str]


def _neuroglancer(of: Addressed) -> str:
    kind = "zarr" if of.path.lower().endswith(".zarr") else "nifti"
    layer = {"type": "image", "source": f"{kind}://{of.stored}", "name": of.path.rpartition("/")[2]}
    return "https://neuroglancer-demo.appspot.com/#!" + quote(json.dumps({"layers": [layer], "layout": "4panel"}))


def _q(address: str) -> str:
    return quote(address, safe="")


VIEWERS = (
    Viewer("Neurosift", (".nwb",), 0, lambda of: f"https://neurosift.app/nwb?url={_q(of.download)}&{of.place}"),
    Viewer("Neurosift", _LINDI, 0, lambda of: f"https://neurosift.app/nwb?url={_q(of.download)}&{of.place}&st=lindi"),
    Viewer("Neurosift", _NIFTI, 0, lambda of: f"https://neurosift.app/dandiset/{of.dandiset_id}?tab={_q(of.path)}"),
    Viewer("Neurosift", (".avi",), 0, lambda of: f"https://v1.neurosift.app?p=/avi&url={_q(of.download)}&{of.place}"),
    Viewer("NWB Explorer", (".nwb",), _GIGABYTE, lambda of: f"http://nwbexplorer.opensourcebrain.org/nwbfile={_q(of.stored)}"),
    Viewer("BioImage Suite", _NIFTI, _GIGABYTE, lambda of: f"https://bioimagesuiteweb.github.io/unstableapp/viewer.html?image={_q(of.stored)}"),
    Viewer("VTK/ITK viewer", (".ome.zarr",), 0, lambda of: f"https://kitware.github.io/itk-vtk-viewer/app/?gradientOpacity=0.3&image={_q(of.stored)}"),
    Viewer("OME-Zarr validator", (".ome.zarr", ".nii.zarr"), 0, lambda of: f"https://ome.github.io/ome-ngff-validator/?source={_q(of.stored)}"),
    Viewer("Neuroglancer", (*_NIFTI, ".zarr"), 0, _neuroglancer),
    Viewer("NeuroGlass", (*_NIFTI, ".ome.zarr", ".nii.zarr"), 0, lambda of: f"https://www.neuroglass.io/new?resource={_q(of.record)}"),
)


def dandiset_viewers(place: Target, instance: Instance) -> list[Choice]:
    """Viewers of a whole Dandiset; `value` is the address."""
    staging = "&staging=1" if instance.name == "dandi-sandbox" else ""
    query = f"?dandisetVersion={place.version}" if place.version else "?"
    neurosift = f"https://neurosift.app/dandiset/{place.dandiset_id}{query}{staging}".rstrip("?")
    editor = f"https://medit.dandiarchive.org/?dandiset={place.dandiset_id}&instance={_q(instance.api_url)}"
    return _marked([Choice(neurosift, "Neurosift"), Choice(editor, "AI metadata editor (beta)")], instance)


def file_viewers(place: Target, instance: Instance, asset: Asset | None, size: int) -> list[Choice]:
    """Viewers of a file, by its name and size; one that is for smaller files alone says so.

    Args:
        place: The file.
        instance: Its archive.
        asset: Its record where it is at hand; without it viewers are given the download address.
        size: Its size in bytes.
    """
    download = f"{instance.api_url}/assets/{place.asset_id}/download/"
    record = f"{instance.api_url}/assets/{place.asset_id}/"
    path = place.path or ""
    of = Addressed(stored_address(asset) or download, download, record, place.dandiset_id or "", place.version or "draft", path)
    found = []
    for viewer in VIEWERS:
        if path.lower().endswith(viewer.endings):
            reason = f"only for files up to {viewer.most // _GIGABYTE} GB" if viewer.most and size > viewer.most else ""
            found.append(Choice(viewer.address(of), viewer.name, reason=reason))
    return _marked(found, instance)


def stored_address(asset: Asset | None) -> str:
    """The unsigned address of an open file in the object store; empty where the record names none."""
    metadata = (asset.metadata if asset else None) or {}
    access = metadata.get("access")
    status = access[0].get("status") if isinstance(access, list) and access and isinstance(access[0], dict) else ""
    addresses = metadata.get("contentUrl")
    if status == "dandi:EmbargoedAccess" or not isinstance(addresses, list):
        return ""
    return next((one for one in addresses if isinstance(one, str) and "/assets/" not in one), "")


def _marked(choices: list[Choice], instance: Instance) -> list[Choice]:
    """With a note where the archive is on this machine alone: sites on the web can't read from it."""
    host = urlsplit(instance.api_url).hostname or ""
    if host not in {"127.0.0.1", "localhost", "::1"}:
        return choices
    return [msgspec.structs.replace(one, note=f"can't reach this machine's archive  {one.value}") for one in choices]
