"""Reading on a Dask cluster: a real one, of processes of this machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from small_nwb import small_nwb

from dandi_tui.cli import run
from dandi_tui.dataset.cluster import scheduler
from dandi_tui.dataset.scan import scan
from dandi_tui.errors import DandiTuiError

if TYPE_CHECKING:
    from collections.abc import Iterator

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a scheduler with two workers, processes of their own."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("HDF5_USE_FILE_LOCKING", "FALSE")
        with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as made:
            yield made.scheduler_address


def test_a_cluster_reads_what_this_machine_reads(tmp_path: Path, cluster: str) -> None:
    for number in range(30):
        small_nwb(tmp_path / f"src/{number:02}.nwb", f"m{number % 3}", f"s{number}")
    (tmp_path / "src/bad.nwb").write_text("bad")
    here = sorted(scan([str(tmp_path / "src")], jobs=2), key=lambda one: one.number)
    with scheduler(cluster) as executor:
        there = sorted(scan([str(tmp_path / "src")], executor=executor), key=lambda one: one.number)
    assert there == here
    assert sum(not one.problem for one in there) == 30


def test_a_file_that_kills_a_worker_of_the_cluster_is_the_only_one_lost(tmp_path: Path, cluster: str, shared: Path) -> None:
    for number in range(10):
        small_nwb(tmp_path / f"src/{number}.nwb", "m1", f"s{number}")
    (tmp_path / "src/5.nwb").write_bytes((shared / "nwb/hostile-fatal/btree_self.nwb").read_bytes())
    with scheduler(cluster) as executor:
        found = {Path(one.path).name: one for one in scan([str(tmp_path / "src")], executor=executor)}
    assert found["5.nwb"].problem
    assert [name for name, one in found.items() if one.problem] == ["5.nwb"]


def test_organize_takes_the_address_of_a_scheduler(tmp_path: Path, cluster: str, capfd: pytest.CaptureFixture[str]) -> None:
    small_nwb(tmp_path / "src/a.nwb")
    assert run(["organize", "-f", "dry", "--json", "-d", str(tmp_path / "ds"), "--scheduler", cluster, str(tmp_path / "src")]) == 0
    told = json.loads(capfd.readouterr().out)
    assert [one["destination"] for one in told["items"]] == ["sub-m1/sub-m1_ecephys.nwb"]


def test_a_scheduler_that_does_not_answer_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dandi_tui.dataset.cluster._PATIENCE", 1)
    with pytest.raises(DandiTuiError, match="no Dask scheduler answers"), scheduler("tcp://127.0.0.1:1"):
        pass
