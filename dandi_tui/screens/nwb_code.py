"""The Python that opens an object of a file: with h5py, pynwb, zarr, hdmf-zarr or lindi, local or streamed.

Each piece stands alone: it says what to install, opens exactly this object as `found`, and prints it.
"""

from __future__ import annotations

from urllib.parse import quote

_ABOVE = "while 'neurodata_type' not in {place}.attrs:\n    {above}\n"


def h5py_code(source: str, path: str, *, key: str = "") -> str:
    """Python that opens an object with h5py."""
    return f"{_opened(source, key=key)}found = file[{path!r}]\nprint(found)\n"


def pynwb_code(source: str, path: str, *, key: str = "") -> str:
    """Python that opens an object with pynwb; of a dataset, the object that it belongs to."""
    return f"import pynwb  # pip install pynwb\n{_opened(source, key=key)}{_as_nwb(path)}"


def zarr_code(source: str, path: str, *, key: str = "", texts: bool = False) -> str:
    """Python that opens an object of a Zarr store with zarr 2 or 3.

    Args:
        source: The store's folder; or its address, with `{key}` where keys stand.
        path: The object.
        key: The variable of the archive's key, where it wants one.
        texts: Whether it holds texts or references, which zarr 3 can't read as hdmf-zarr writes them.
    """
    which = '"zarr<3"' if texts else "zarr"
    remark = ": zarr 3 can't read the texts and references of hdmf-zarr" if texts else ""
    if "{key}" not in source:
        return f"import zarr  # pip install {which}{remark}\n\nfound = zarr.open({source!r}, mode='r', path={path.strip('/')!r})\nprint(found)\n"
    imports = f"import zarr  # pip install {which} fsspec aiohttp requests{remark}\n"
    if path == "/" and key:
        return f"{_keyed_store(source, imports, key)}found = zarr.open(address, mode='r', storage_options={{'fs': files}})  # zarr 2\nprint(found)\n"
    address = source.replace("{key}", quote(path.strip("/"))).rstrip("/")
    options = f", storage_options={{'headers': {_headers(key)}}}" if key else ""
    return f"{_os(key)}{imports}\nfound = zarr.open({address!r}, mode='r'{options})\nprint(found)\n"


def hdmf_zarr_code(source: str, path: str, *, key: str = "") -> str:
    """Python that opens an object of a Zarr store with hdmf-zarr, as pynwb knows it; of an array, the object that it belongs to."""
    far = "{key}" in source
    more = " fsspec aiohttp requests" if far else ""
    imports = (
        f"import zarr  # pip install hdmf-zarr{more}\n"
        "from hdmf_zarr import NWBZarrIO  # needs zarr 2: where zarr 3 is installed, make another environment for it\n"
    )
    if far and key:
        opened, options = _keyed_store(source, imports, key), ", storage_options={'fs': files}"
    else:
        opened, options = f"{imports}\naddress = {source.replace('/{key}', '')!r}\n", ""
    return (
        f"{opened}io = NWBZarrIO(address, mode='r'{options})\n"
        "nwbfile = io.read()\n"
        f"file, place = zarr.open(address, mode='r'{options}), {path!r}\n"
        + _ABOVE.format(place="file[place]", above="place = place.rpartition('/')[0] or '/'")
        + "found = nwbfile if place == '/' else io.get_container(file[place])\nprint(found)\n"
    )


def lindi_code(source: str, path: str) -> str:
    """Python that opens an object by a reference index (LINDI), as if it were an HDF5 file."""
    return f"import lindi  # pip install lindi\n\nfile = lindi.LindiH5pyFile.from_lindi_file({source!r})\nfound = file[{path!r}]\nprint(found)\n"


def _as_nwb(path: str) -> str:
    return (
        "io = pynwb.NWBHDF5IO(file=file, load_namespaces=True)\n"
        "nwbfile = io.read()\n"
        f"place = file[{path!r}]\n"
        + _ABOVE.format(place="place", above="place = place.parent")
        + "found = nwbfile if place.name == '/' else io.get_container(place)\nprint(found)\n"
    )


def _opened(source: str, *, key: str) -> str:
    """An HDF5 file, as `file`."""
    if not source.startswith(("http://", "https://")):
        return f"import h5py\n\nfile = h5py.File({source!r}, 'r')\n"
    headers = f", headers={_headers(key)}" if key else ""
    return (
        f"{_os(key)}import fsspec  # pip install fsspec aiohttp requests\nimport h5py\nimport requests\n\n"
        f"answer = requests.get({source!r}{headers}, allow_redirects=False)\n"
        "file = h5py.File(fsspec.open(answer.headers.get('Location', answer.url), 'rb').open(), 'r')\n"
    )


def _headers(key: str) -> str:
    """The key goes to its own archive: each archive has a variable of its own."""
    return f"{{'Authorization': 'token ' + os.environ[{key!r}]}}"


def _keyed_store(source: str, imports: str, key: str) -> str:
    """A whole store that the archive hands out key by key: `files`, in which the keys of `address` begin without a slash."""
    return (
        f"import os\n\n{imports}from fsspec.implementations.http import HTTPFileSystem\n\n\n"
        "class Keys(HTTPFileSystem):\n"
        "    def encode_url(self, url):\n"
        "        return super().encode_url(url.replace('prefix=/', 'prefix='))\n\n\n"
        f"address = {source.replace('{key}', '')!r}\n"
        f"files = Keys(headers={_headers(key)})\n"
    )


def _os(key: str) -> str:
    return "import os\n\n" if key else ""
