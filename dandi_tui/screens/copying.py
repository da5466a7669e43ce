"""Copy as… and open with…: a place in every form that people need it in, and the archive's viewers as addresses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dandi_tui.api.citation import cite_as
from dandi_tui.api.targets import Target, api_address, dandi_uri, web_url
from dandi_tui.errors import DandiTuiError
from dandi_tui.screens.clipboard import one_line, quoted
from dandi_tui.screens.menu import Choice
from dandi_tui.screens.viewers import dandiset_viewers, file_viewers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dandi_tui.api.instances import Instance
    from dandi_tui.api.models import Asset
    from dandi_tui.app import DandiTuiApp

_CITATIONS = {
    "citation": "text", "BibTeX": "bibtex", "RIS": "ris", "CSL JSON": "csl", "APA": "apa", "MLA": "mla", "Chicago": "chicago", "Harvard": "harvard",
    "Vancouver": "vancouver", "IEEE": "ieee", "CFF": "cff", "sentence for methods": "methods", "sentence on data availability": "availability",
}  # fmt: skip


def copy_forms(place: Target, instance: Instance) -> dict[str, str]:
    """The forms of a place that need no question to the archive: their names and the texts to copy."""
    uri, page, version = dandi_uri(place, instance), web_url(place, instance), f"/{place.version}" if place.version else ""
    forms = {
        "DANDI URI": one_line(uri),
        "name": "" if place.path else f"DANDI:{place.dandiset_id}{version}",
        "path": one_line(place.path or ""),
        "web page": page or "",
    }
    forms["API address"] = api_address(place, instance)
    if place.asset_id:
        address = f"{instance.api_url}/assets/{place.asset_id}/download/"
        forms["download address"] = address
        forms["Python: open it streamed"] = python_snippet(address)
        forms["notebook: open it streamed"] = notebook(python_snippet(address))
    option = "" if instance.name == "dandi" else f"-i {quoted(instance.api_url)} "
    forms["command: dandi-tui"] = f"dandi-tui download {option}{quoted(uri)}"
    forms["command: dandi"] = f"dandi download {quoted(_for_dandi(place, instance))}"
    return {name: text for name, text in forms.items() if text}


def _for_dandi(place: Target, instance: Instance) -> str:
    """The form that the `dandi` client takes for sure: the URI of an archive that it knows, else an address of the API."""
    return api_address(place, instance) if ":" in instance.name else dandi_uri(place, instance)


def notebook(code: str) -> str:
    """A notebook of one cell (nbformat 4), to be saved as an `.ipynb` file."""
    cell: dict[str, Any] = {"cell_type": "code", "execution_count": None, "id": "open", "metadata": {}, "outputs": [], "source": code}
    return json.dumps({"cells": [cell], "metadata": {"language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 5})


def python_snippet(address: str) -> str:
    """Python that opens an NWB file at an address without downloading it."""
    return (
        "import fsspec, h5py, pynwb  # pip install fsspec aiohttp pynwb\n"
        f'remote = fsspec.open({address!r}, "rb").open()\n'
        "nwbfile = pynwb.NWBHDF5IO(file=h5py.File(remote), load_namespaces=True).read()\n"
        "print(nwbfile)\n"
    )


def copy_place(app: DandiTuiApp, place: Target, metadata: dict[str, Any] | None = None) -> None:
    """Lets the person choose a form, and copies it.

    Args:
        app: The app.
        place: The place.
        metadata: The metadata of its version, for citations; None: the archive is asked once a citation is chosen.
    """
    forms = copy_forms(place, app.instance)
    whole = Target("dandiset", None, place.api_url, place.dandiset_id, place.version)
    above = {f"Dandiset: {name}": text for name, text in copy_forms(whole, app.instance).items() if name in {"DANDI URI", "name", "web page"}}
    texts = {**forms, **(above if place.path and place.dandiset_id else {})}
    choices = [Choice(name, name, note=text.splitlines()[0]) for name, text in texts.items()]
    if place.dandiset_id:
        choices += [Choice(name, name, note="of the Dandiset's version") for name in _CITATIONS]

    def chosen(name: str) -> None:
        if name in texts:
            app.copy_text(texts[name])
        elif metadata is not None:
            app.copy_text(cite_as(metadata, _CITATIONS[name]))
        else:
            app.run_worker(_copy_citation(app, place, _CITATIONS[name]), group="cite", exclusive=True, exit_on_error=False)

    app.choose("Copy as", choices, chosen)


async def _copy_citation(app: DandiTuiApp, place: Target, form: str) -> None:
    app.pane.say("asking the archive how to cite it…")
    dandiset_id = place.dandiset_id or ""
    try:
        client = await app.client()
        metadata = await client.version_metadata(dandiset_id, await client.version_meant(dandiset_id, place.version))
    except DandiTuiError as error:
        app.pane.say_error(error)
    else:
        app.copy_text(cite_as(metadata, form))


def copy_places(app: DandiTuiApp, places: Sequence[Target]) -> None:
    """Copies several places, a line each, in a form of choice; the command takes them all at once."""
    if len(places) == 1:
        copy_place(app, places[0])
        return
    each = [copy_forms(place, app.instance) for place in places]
    option = "" if app.instance.name == "dandi" else f"-i {quoted(app.instance.api_url)} "
    texts = {name: "\n".join(forms[name] for forms in each) for name in ("DANDI URI", "path", "web page", "API address") if all(name in one for one in each)}
    texts["command: dandi-tui"] = f"dandi-tui download {option}" + " ".join(quoted(forms["DANDI URI"]) for forms in each)
    choices = [Choice(name, name, note=text.splitlines()[0]) for name, text in texts.items()]
    app.choose(f"Copy {len(places)} marks as", choices, lambda name: app.copy_text(texts[name]))


def open_with_place(app: DandiTuiApp, place: Target, asset: Asset | None = None, *, size: int = 0) -> None:
    """Lets the person choose a viewer, and copies its address: a terminal is often far from a browser."""
    choices = file_viewers(place, app.instance, asset, asset.size if asset else size) if place.asset_id else dandiset_viewers(place, app.instance)
    if page := web_url(place, app.instance):
        choices = [Choice(page, "web page"), *choices]
    if choices:
        app.choose("Open with (the address is copied)", choices, app.copy_text)
    else:
        app.pane.say("The archive offers no viewer for this kind of file.", "warn")
