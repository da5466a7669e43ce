"""An object of a file in the forms that people need it in: its place, a command, and the Python that opens it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dandi_tui.screens.clipboard import one_line, quoted
from dandi_tui.screens.copying import notebook
from dandi_tui.screens.menu import Choice
from dandi_tui.screens.nwb_code import h5py_code, hdmf_zarr_code, lindi_code, pynwb_code, zarr_code

if TYPE_CHECKING:
    from dandi_tui.nwb.model import Listed

_NOTEBOOK = "one cell, to be saved as an .ipynb file"
_OBJECTS_OF_ZARR = {"string", "reference", "compound", "object"}


def object_forms(one: Listed, source: str, uri: str, *, key: str, form: str = "hdf5") -> list[Choice]:
    """The forms of an object; `value` is the text to copy.

    Args:
        one: The object.
        source: Its file's path or address.
        uri: The file as people name it.
        key: The variable of the archive's key, where it wants one.
        form: The file's format: `hdf5`, `zarr` or `lindi`.
    """
    where = uri or source
    codes = object_codes(one, source, key=key, form=form)
    address = f"{where}::{one.path}"
    command = f"dandi-tui inspect {quoted(address)}"
    pieces = [(f"Python with {name}", code) for name, code in codes.items()]
    notebooks = [(f"notebook with {name}", notebook(code)) for name, code in codes.items()]
    places = [("path in the file", one_line(one.path)), ("address, as dandi-tui opens it", one_line(address))]
    forms = [*places, ("command: dandi-tui", command), *pieces, *notebooks, ("file", one_line(where))]
    return [Choice(text, name, note=_NOTEBOOK if name.startswith("notebook") else text.splitlines()[0]) for name, text in forms]


def object_codes(one: Listed, source: str, *, key: str, form: str = "hdf5") -> dict[str, str]:
    """The Python that opens an object, by the library that it uses."""
    if form == "zarr":
        texts = one.kind == "dataset" and one.dtype in _OBJECTS_OF_ZARR
        return {
            "zarr": zarr_code(source, one.path, key=key, texts=texts),
            "hdmf-zarr": hdmf_zarr_code(source, one.path, key=key),
        }
    if form == "lindi" and source.partition("?")[0].endswith((".json", ".tar")):
        return {"lindi": lindi_code(source, one.path)}
    return {"h5py": h5py_code(source, one.path, key=key), "pynwb": pynwb_code(source, one.path, key=key)}
