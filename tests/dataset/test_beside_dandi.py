"""Names beside the real `dandi` client's, over generated files and over real ones."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dandi_tui.dataset.plan import make_plan
from dandi_tui.dataset.plan_model import OrganizeOptions
from dandi_tui.dataset.scan import ScannedFile, scan
from dandi_tui.dataset.target_folder import TargetFolder
from dandi_tui.dataset.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytest.importorskip("dandi")
Ask = "Callable[[list[str], list[str]], dict[str, Any]]"


@pytest.fixture(scope="module")
def dandi() -> Iterator[Callable[[list[str], list[str]], dict[str, Any]]]:
    """Asks the client for names: it is started once."""
    command = [sys.executable, str(Path(__file__).with_name("dandi_peer.py"))]
    environment = {**os.environ, "XDG_STATE_HOME": tempfile.gettempdir(), "PYTHONWARNINGS": "ignore"}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment) as process:

        def ask(paths: list[str], required: list[str]) -> dict[str, Any]:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps({"paths": paths, "required": required}) + "\n")
            process.stdin.flush()
            answer: dict[str, Any] = json.loads(process.stdout.readline())
            return answer

        yield ask
        process.kill()


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers(1) as made:
        yield made
        made.shutdown(cancel_futures=True)


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A file of each kind of content, written by PyNWB once; what names are made of is set in copies."""
    from datetime import UTC, datetime

    import numpy as np
    from pynwb import NWBHDF5IO, NWBFile, TimeSeries
    from pynwb.behavior import Position
    from pynwb.file import Subject

    folder = tmp_path_factory.mktemp("templates")
    made = {}
    for content in ("none", "behavior", "series"):
        nwb = NWBFile("d", "i", datetime(2021, 3, 4, 5, 6, 7, tzinfo=UTC), session_id="s", subject=Subject(subject_id="m"))
        if content == "behavior":
            position = Position(name="Position")
            position.create_spatial_series(name="s", data=np.zeros((3, 2)), reference_frame="f", rate=1.0)
            nwb.create_processing_module("behavior", "d").add(position)
        if content == "series":
            nwb.add_acquisition(TimeSeries(name="t", data=np.zeros(3), unit="V", rate=1.0))
        made[content] = folder / f"{content}.nwb"
        with NWBHDF5IO(made[content], "w") as io:
            io.write(nwb)
    return made


ODD = st.text(st.sampled_from("ab1-_ .*\\/<>:|\"'?%@;,+~é\u00a0\n\t中"), min_size=1, max_size=4)
TIMES = st.sampled_from(
    ["2021-03-04T00:00:00+00:00", "2021-03-04T00:00:00.5+02:00", "2021-03-04T05:06:07-08:00", "2020-12-31T23:59:59+00:00", "0999-01-01T00:00:00+00:00"]
)
FILES = st.fixed_dictionaries(
    {
        "content": st.sampled_from(["none", "behavior", "series"]),
        "subject": st.one_of(st.none(), st.sampled_from(["m1", "m2", "M1", ""]), ODD),
        "session": st.one_of(st.none(), st.sampled_from(["s1", "s2", ""]), ODD),
        "start": TIMES,
        "object_id": st.sampled_from(["id-1", "id-2", "id-3", "id-4", "id-5", ""]),
    }
)
REQUIRED = st.lists(st.sampled_from(["session_id", "slice_id", "description", "obj_id", "probe_ids", "modalities"]), max_size=2, unique=True)


def write(path: Path, spec: dict[str, Any], templates: dict[str, Path]) -> None:
    shutil.copyfile(templates[spec["content"]], path)
    with h5py.File(path, "r+") as file:
        for place, value in (("general/subject/subject_id", spec["subject"]), ("general/session_id", spec["session"]), ("session_start_time", spec["start"])):
            del file[place]
            if value is not None:
                file[place] = value
        file.attrs["object_id"] = spec["object_id"]


def ours(files: list[ScannedFile], required: list[str]) -> tuple[dict[str, str], bool, set[str]]:
    plan = make_plan(files, OrganizeOptions(mode="dry", invalid="warn", required=tuple(required), update_external_file_paths=False), TargetFolder(path="ds"))
    return {move.source: move.destination for move in plan.moves}, plan.refused, set(plan.left_out)


def compared(
    specs: list[dict[str, Any]], required: list[str], templates: dict[str, Path], workers: Workers, dandi: Callable[[list[str], list[str]], dict[str, Any]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number}.nwb" for number in range(len(specs))]
        for path, spec in zip(paths, specs, strict=True):
            write(path, spec, templates)
        theirs = dandi([str(path) for path in paths], required)
        made, refused, left_out = ours(list(scan([folder], executor=workers)), required)
        assert left_out == set(theirs["invalid"])
        assert refused == ("refused" in theirs), theirs
        if not refused:
            assert made == theirs["names"]


@settings(max_examples=8, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(specs=st.lists(FILES, min_size=1, max_size=5), required=REQUIRED)
def test_generated_files_get_the_names_of_the_dandi_client(
    specs: list[dict[str, Any]], required: list[str], templates: dict[str, Path], workers: Workers, dandi: Callable[[list[str], list[str]], dict[str, Any]]
) -> None:
    compared(specs, required, templates, workers, dandi)


@pytest.mark.slow
@pytest.mark.timeout(900)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(specs=st.lists(FILES, min_size=1, max_size=7), required=REQUIRED)
def test_many_generated_files_get_the_names_of_the_dandi_client(
    specs: list[dict[str, Any]], required: list[str], templates: dict[str, Path], workers: Workers, dandi: Callable[[list[str], list[str]], dict[str, Any]]
) -> None:
    compared(specs, required, templates, workers, dandi)


OPENED_BY_HDF5_ALONE = frozenset(
    ("matnwb__ecephys_tutorial.nwb", "matnwb__membrane_potential.nwb", "matnwb__test_output.nwb", "hdmf__testh5.nwb", "nwb-explorer__nwb_test_file.nwb")
)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_real_files_get_the_names_of_the_dandi_client(
    shared: Path, tmp_path: Path, workers: Workers, dandi: Callable[[list[str], list[str]], dict[str, Any]]
) -> None:
    """Each real file is given a subject, so that its name shows its session and modalities."""
    for number, path in enumerate(sorted((shared / "nwb").glob("*.nwb"))):
        place = tmp_path / "src" / path.name
        place.parent.mkdir(exist_ok=True)
        shutil.copyfile(path, place)
        with h5py.File(place, "r+") as file:
            if "subject" not in file.require_group("general") and "core" in str(file.attrs.get("namespace")):
                subject = file.create_group("general/subject")
                subject.attrs.update({"namespace": "core", "neurodata_type": "Subject", "object_id": f"s-{path.name}"})
                subject["subject_id"] = f"s{number}"
    files = list(scan([str(tmp_path / "src")], executor=workers))
    made, _, left_out = ours(files, [])
    theirs = dandi([one.path for one in sorted(files, key=lambda one: one.number)], [])
    only_hdf5 = {path for path in set(theirs["invalid"]) - left_out if Path(path).name in OPENED_BY_HDF5_ALONE}
    assert left_out == set(theirs["invalid"]) - only_hdf5
    assert len(theirs["names"]) > 50
    kept = [one for one in files if one.path not in only_hdf5]
    made, _, _ = ours(kept, [])
    assert made == theirs["names"]
