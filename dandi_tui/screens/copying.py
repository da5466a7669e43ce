"""Copy as… and open with…: a place in every form that people need it in, and the archive's viewers as addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from dandi_tui.api.targets import Target, api_address, dandi_uri, web_url
from dandi_tui.screens.menu import Choice

if TYPE_CHECKING:
    from dandi_tui.api.instances import Instance
    from dandi_tui.app import DandiTuiApp

_GIGABYTE = 10**9


def copy_forms(place: Target, instance: Instance) -> list[Choice]:
    """The forms of a place; `value` is the text to copy."""
    uri = dandi_uri(place, instance)
    forms = [("DANDI URI", uri)]
    if place.path:
        forms.append(("path", place.path))
    if page := web_url(place, instance):
        forms.append(("web page", page))
    forms.append(("API address", api_address(place, instance)))
    if place.asset_id:
        address = f"{instance.api_url}/assets/{place.asset_id}/download/"
        forms += [("download address", address), ("Python: open it streamed", python_snippet(address))]
    option = "" if instance.name == "dandi" else f"-i {instance.api_url} "
    forms += [
        ("command: dandi-tui", f"dandi-tui download {option}{uri}"),
        ("command: dandi", f"dandi download {page or api_address(place, instance)}"),
    ]
    return [Choice(text, name, note=text.splitlines()[0]) for name, text in forms]


def python_snippet(address: str) -> str:
    """Python that opens an NWB file at an address without downloading it."""
    return (
        "import fsspec, h5py, pynwb  # pip install fsspec aiohttp pynwb\n"
        f'remote = fsspec.open("{address}", "rb").open()\n'
        "nwbfile = pynwb.NWBHDF5IO(file=h5py.File(remote), load_namespaces=True).read()\n"
        "print(nwbfile)\n"
    )


def viewers(place: Target, instance: Instance, *, size: int) -> list[Choice]:
    """The viewers that the archive offers for a place; `value` is the address."""
    if not place.asset_id or not place.path:
        query = f"dandisetId={place.dandiset_id}&dandisetVersion={place.version or 'draft'}"
        return [Choice(f"https://neurosift.app/dandiset/{place.dandiset_id}?{query}", "Neurosift")]
    download = quote(f"{instance.api_url}/assets/{place.asset_id}/download/", safe="")
    version = f"dandisetId={place.dandiset_id}&dandisetVersion={place.version}"
    path = place.path.lower()
    found: list[Choice] = []
    if path.endswith(".nwb"):
        large = "only for files up to 1 GB" if size > _GIGABYTE else ""
        found.append(Choice(f"https://neurosift.app/nwb?url={download}&{version}", "Neurosift"))
        found.append(Choice(f"http://nwbexplorer.opensourcebrain.org/nwbfile={download}", "NWB Explorer", reason=large))
    if path.endswith((".nii", ".nii.gz")):
        viewer = f"https://bioimagesuiteweb.github.io/unstableapp/viewer.html?image={download}"
        found.append(Choice(viewer, "BioImage Suite"))
    if path.endswith(".ome.zarr"):
        resource = quote(f"{instance.api_url}/assets/{place.asset_id}/", safe="")
        found.append(Choice(f"https://www.neuroglass.io/new?resource={resource}", "NeuroGlass"))
    return found


def copy_place(app: DandiTuiApp, place: Target) -> None:
    """Lets the person choose a form, and copies it."""
    app.choose("Copy as", copy_forms(place, app.instance), app.copy_text)


def open_with_place(app: DandiTuiApp, place: Target, *, size: int) -> None:
    """Lets the person choose a viewer, and copies its address: a terminal is often far from a browser."""
    choices = viewers(place, app.instance, size=size)
    if page := web_url(place, app.instance):
        choices = [Choice(page, "web page"), *choices]
    if choices:
        app.choose("Open with (the address is copied)", choices, app.copy_text)
    else:
        app.pane.say("The archive offers no viewer for this.", "warn")
