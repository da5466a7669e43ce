"""The Python that is copied runs, and opens exactly the object: HDF5, Zarr and an index, local and streamed, open and embargoed."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import httpx
import msgspec
import pytest
from conftest import running_archive

from dandi_tui.api.client import ArchiveClient
from dandi_tui.api.instances import find_instance
from dandi_tui.api.targets import Target
from dandi_tui.demo.content import SampleDandiset, SampleFile
from dandi_tui.demo.fill import USERS, fill
from dandi_tui.demo.sample_data import _embargoed, _microscopy, _write_zarr
from dandi_tui.demo.store import Store, users
from dandi_tui.nwb.model import Listed
from dandi_tui.screens.nwb_code import h5py_code, hdmf_zarr_code, lindi_code, pynwb_code, zarr_code
from dandi_tui.screens.nwb_copying import object_codes, object_forms
from dandi_tui.transfer.streaming import cache_folder, streamed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Archive

SERIES = "/acquisition/ElectricalSeries"
NWB_STORE = "pynwb__zarr_tutorial.nwb.zarr"
NWB_SERIES = "/acquisition/synthetic_timeseries"


@pytest.fixture(scope="module")
def recording(archive: Archive, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of the embedded archive, downloaded."""
    path = tmp_path_factory.mktemp("recording") / "it's here.nwb"
    path.write_bytes(httpx.get(_address(archive, "000001"), follow_redirects=True).content)
    return path


@pytest.fixture(scope="module")
def zarrs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """An archive whose Dandisets 000009 (open) and 000007 (embargoed) hold a Zarr each, and one written by hdmf-zarr where the recorded ones are at hand."""
    root = tmp_path_factory.mktemp("zarrs")
    (root / "archive").mkdir()
    store = Store(root / "archive")
    users.add(store, USERS)
    fill(store, [_holding(_microscopy(root / "open"), root / "1"), _holding(_embargoed(root / "closed"), root / "2")])
    store.close()
    with running_archive("--empty", "--data", str(root / "archive")) as found:
        yield found
    shutil.rmtree(root, ignore_errors=True)


def _holding(sample: SampleDandiset, folder: Path) -> SampleDandiset:
    """A Dandiset with these stores alone."""
    _write_zarr(folder / "volume.ome.zarr")
    stores = [one for one in (_nwb_store(), folder / "volume.ome.zarr") if one]
    files = [SampleFile(path=f"sub-1/{one.name}", source=one, is_zarr=True) for one in stores]
    return msgspec.structs.replace(sample, files=files)


def _nwb_store() -> Path | None:
    found = Path(__file__).resolve().parents[3] / "shared" / "nwb" / "zarr" / NWB_STORE
    return found if found.is_dir() else None


def _address(archive: Archive, dandiset: str) -> str:
    headers = {"Authorization": f"token {archive.token}"}
    found = httpx.get(f"{archive.api_url}/dandisets/{dandiset}/versions/draft/assets/?page_size=1", headers=headers).json()
    return f"{archive.api_url}/assets/{found['results'][0]['asset_id']}/download/"


async def _ranged(archive: Archive, dandiset: str, path: str) -> tuple[str, bool]:
    """Where the inspector reads a Zarr, and whether it takes a key."""
    async with ArchiveClient(find_instance(archive.api_url), archive.token) as client:
        found = await client.ranged_asset(Target("asset", None, archive.api_url, dandiset, "draft", f"sub-1/{path}"))
        return found.address, bool(found.headers)


async def test_a_key_is_asked_for_only_where_one_is_needed(archive: Archive) -> None:
    async with ArchiveClient(find_instance(archive.api_url), archive.token) as client:
        for dandiset, closed in (("000001", False), ("000007", True)):
            asset_id = _address(archive, dandiset).rstrip("/").rpartition("/download")[0].rpartition("/")[2]
            for _ in range(2):  # the second time it is remembered
                found = await streamed(client, Target("asset", None, archive.api_url, dandiset, "draft", None, asset_id))
                assert found.headers == (client.own_headers if closed else {})
            code = object_codes(Listed(path="/", kind="group"), found.source, key="LINC_API_KEY" if found.headers else "")["h5py"]
            assert ("os.environ['LINC_API_KEY']" in code) == closed
            assert "DANDI_API_KEY" not in code
    assert archive.token not in (cache_folder() / "opened.json").read_text()


def _python_with(*modules: str) -> str:
    """A Python that has these modules: this one, else the one that `DANDI_TUI_HDMF_ZARR_PYTHON` names."""
    if all(importlib.util.find_spec(name) for name in modules):
        return sys.executable
    other = os.environ.get("DANDI_TUI_HDMF_ZARR_PYTHON", "")
    if other and subprocess.run([other, "-c", f"import {', '.join(modules)}"], capture_output=True, check=False).returncode == 0:
        return other
    pytest.skip(f"{' and '.join(modules)} are not installed here; DANDI_TUI_HDMF_ZARR_PYTHON may name a Python that has them")


def _run(code: str, python: str = sys.executable, **environment: str) -> str:
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, env={**os.environ, **environment}, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _streams() -> None:
    for name in ("fsspec", "aiohttp", "requests"):
        pytest.importorskip(name)


# HDF5


def test_local_code_opens_the_object(recording: Path) -> None:
    assert '"/acquisition/ElectricalSeries" ' in _run(h5py_code(str(recording), SERIES)).replace("HDF5 group ", "")
    for path in (SERIES, f"{SERIES}/data"):
        assert _run(pynwb_code(str(recording), path)).startswith("ElectricalSeries pynwb.ecephys.ElectricalSeries")


def test_streaming_code_opens_the_object(archive: Archive) -> None:
    _streams()
    assert "ElectricalSeries" in _run(h5py_code(_address(archive, "000001"), SERIES))
    assert "pynwb.ecephys.ElectricalSeries" in _run(pynwb_code(_address(archive, "000001"), SERIES))
    closed = _address(archive, "000007")
    assert "acquisition" in _run(h5py_code(closed, "/acquisition", key="DANDI_API_KEY"), DANDI_API_KEY=archive.token)
    assert "pynwb.file.NWBFile" in _run(pynwb_code(closed, "/acquisition", key="DANDI_API_KEY"), DANDI_API_KEY=archive.token)


@pytest.mark.parametrize("name", ["pynwb__1.0.3_str_pub.nwb", "nwb-explorer__test_TimeSeries.nwb"])
def test_pynwb_opens_objects_of_files_from_before_objects_had_identifiers(name: str, shared: Path) -> None:
    code = pynwb_code(str(shared / "nwb" / name), "/file_create_date")
    assert "pynwb.file.NWBFile" in _run(code)


# Zarr


def test_code_for_a_local_zarr_store_opens_the_object(shared: Path) -> None:
    pytest.importorskip("zarr")
    store = shared / "nwb" / "zarr" / NWB_STORE
    assert "(100, 100)" in _run(zarr_code(str(store), f"{NWB_SERIES}/data"))
    assert "Group" in _run(zarr_code(str(store), NWB_SERIES))


@pytest.mark.parametrize("dandiset", ["000009", "000007"])
async def test_code_for_a_zarr_asset_streams_the_object(dandiset: str, zarrs: Archive) -> None:
    _streams()
    pytest.importorskip("zarr")
    source, needs_key = await _ranged(zarrs, dandiset, "volume.ome.zarr")
    assert needs_key == (dandiset == "000007")
    code = zarr_code(source, "/0", key="DANDI_API_KEY" if needs_key else "") + "print(found.shape, found[...].mean() > 0)\n"
    assert "(16, 64, 64) True" in _run(code, DANDI_API_KEY=zarrs.token)


@pytest.mark.parametrize("dandiset", ["000009", "000007"])
async def test_code_for_an_nwb_zarr_asset_streams_the_object(dandiset: str, zarrs: Archive, shared: Path) -> None:
    _streams()
    pytest.importorskip("zarr")
    source, needs_key = await _ranged(zarrs, dandiset, NWB_STORE)
    for path, more, words in ((f"{NWB_SERIES}/data", "print(found[:2].shape)", "(2, 100)"), (NWB_SERIES, "print(found.attrs['neurodata_type'])", "TimeSeries")):
        shown = _run(zarr_code(source, path, key="DANDI_API_KEY" if needs_key else "") + more, DANDI_API_KEY=zarrs.token)
        assert words in shown.splitlines()[-1]


@pytest.mark.parametrize("where", ["local", "000009", "000007"])
async def test_hdmf_zarr_opens_the_object(where: str, zarrs: Archive, shared: Path) -> None:
    python = _python_with("hdmf_zarr", "fsspec", "aiohttp", "requests")
    source, needs_key = (str(shared / "nwb" / "zarr" / NWB_STORE), False) if where == "local" else await _ranged(zarrs, where, NWB_STORE)
    for path, kind in ((NWB_SERIES, "pynwb.base.TimeSeries"), (f"{NWB_SERIES}/data", "pynwb.base.TimeSeries"), ("/acquisition", "pynwb.file.NWBFile")):
        assert kind in _run(hdmf_zarr_code(source, path, key="DANDI_API_KEY" if needs_key else ""), python, DANDI_API_KEY=zarrs.token)


@pytest.mark.parametrize("where", ["local", "000009", "000007"])
async def test_zarr_2_opens_texts_and_the_whole_store(where: str, zarrs: Archive, shared: Path) -> None:
    python = _python_with("hdmf_zarr", "fsspec", "aiohttp", "requests")
    source, needs_key = (str(shared / "nwb" / "zarr" / NWB_STORE), False) if where == "local" else await _ranged(zarrs, where, NWB_STORE)
    code = zarr_code(source, "/session_start_time", key="DANDI_API_KEY" if needs_key else "", texts=True) + "print(found[...])\n"
    assert '"zarr<3"' in code
    assert "20" in _run(code, python, DANDI_API_KEY=zarrs.token).splitlines()[-1]
    whole = zarr_code(source, "/", key="DANDI_API_KEY" if needs_key else "") + "print(found.attrs['nwb_version'])\n"
    assert _run(whole, python, DANDI_API_KEY=zarrs.token).splitlines()[-1].startswith("2.")


# An index


def test_lindi_opens_the_object_of_an_index(recording: Path, tmp_path: Path) -> None:
    python = _python_with("lindi")
    index = tmp_path / "recording.nwb.lindi.json"
    with h5py.File(recording) as file:
        data = file[f"{SERIES}/data"]
        shape, dtype = list(data.shape), data.dtype.str
    array = {"zarr_format": 2, "shape": shape, "chunks": shape, "dtype": dtype, "fill_value": 0, "order": "C", "filters": None, "compressor": None}
    group = json.dumps({"zarr_format": 2})
    place = f"{SERIES}/data".strip("/")
    refs = {".zgroup": group, "acquisition/.zgroup": group, f"acquisition/{SERIES[13:]}/.zgroup": group, f"{place}/.zarray": json.dumps(array)}
    index.write_text(json.dumps({"refs": refs}))
    assert str(tuple(shape)) in _run(lindi_code(str(index), f"{SERIES}/data") + "print(found.shape)\n", python)


# Which forms there are


def test_every_form_exists_as_text_and_as_a_notebook() -> None:
    one = Listed(path="/a b", kind="group")
    for form, source, libraries in (
        ("hdf5", "/data/it's.nwb", ("h5py", "pynwb")),
        ("hdf5", "https://archive/asset/", ("h5py", "pynwb")),
        ("lindi", "https://archive/asset/", ("h5py", "pynwb")),
        ("lindi", "/data/it.nwb.lindi.json", ("lindi",)),
        ("zarr", "/data/it.nwb.zarr", ("zarr", "hdmf-zarr")),
        ("zarr", "https://archive/zarr/1/{key}", ("zarr", "hdmf-zarr")),
    ):
        forms = {choice.words: choice.value for choice in object_forms(one, source, "", key="", form=form)}
        codes = object_codes(one, source, key="", form=form)
        assert tuple(codes) == libraries
        for name, code in codes.items():
            compile(code, name, "exec")
            assert forms[f"Python with {name}"] == code
            assert json.loads(forms[f"notebook with {name}"])["cells"][0]["source"] == code
        assert forms["command: dandi-tui"].endswith("::/a b'")


def test_texts_of_a_zarr_store_name_the_version_that_reads_them() -> None:
    for dtype, wanted in (("string", True), ("reference", True), ("float32", False)):
        code = object_codes(Listed(path="/a", kind="dataset", dtype=dtype, shape=[1]), "/data/it.nwb.zarr", key="", form="zarr")["zarr"]
        assert ('"zarr<3"' in code) == wanted
