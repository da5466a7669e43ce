"""The rows of the transfers workspace: names that can be told apart, words that are whole, limits and reasons that are told."""

from __future__ import annotations

import pytest

from dandi_tui.screens.transfer_names import Names
from dandi_tui.screens.transfer_rows import TransferRows
from dandi_tui.text import width
from dandi_tui.transfer.board import Board, FileRow
from dandi_tui.transfer.frames import Changed
from dandi_tui.transfer.model import FileView, JobState, JobView, State
from dandi_tui.widgets.line import plain
from dandi_tui.widgets.look import UNICODE

DAYS = ("20230721", "20230722")


def _job(state: JobState = JobState.ACTIVE, **more: object) -> JobView:
    return JobView(id=1, kind="download", title="000001 draft", root="/data", api_url="http://x/api", state=state, **more)  # type: ignore[arg-type]


def _file(number: int, path: str, state: State = State.RUNNING, **more: object) -> FileView:
    return FileView(id=number, job=1, path=path, state=state, bytes=640_000, total=2_700_000, **more)  # type: ignore[arg-type]


def _shown(job: JobView, *files: FileView, cells: int = 80) -> list[str]:
    board = Board()
    board.take(Changed(jobs=[job], files=list(files), first=True))
    rows = TransferRows(lambda: board, lambda: UNICODE)
    rows.take()
    lines = [plain(rows.line(at, cells, cursor=False)) for at in range(len(rows))]
    assert all(width(line) <= cells for line in lines)
    return lines


def test_bars_give_way_to_names() -> None:
    names = [f"sub-M101_ses-{day}_behavior+ecephys.nwb" for day in DAYS]
    lines = _shown(_job(), *(_file(at, f"sub-M101/{name}") for at, name in enumerate(names)))[1:]
    assert [name in line for name, line in zip(names, lines, strict=True)] == [True, True]
    assert all("█░░░░░" in line and " 24%" in line and "2.7 MB" in line for line in lines)


@pytest.mark.parametrize(
    "form",
    [
        "sub-mouse-with-a-long-identifier-M101_ses-{}_behavior+ecephys+image.nwb",
        "sub-M101_ses-{}_behavior+ecephys+a-description-that-is-very-long-indeed-and-ends-not.nwb",
        "sub-M101_obj-1ab2cd3_behavior+ecephys+a-description-that-is-very-long-{}.nwb",
        "sub-mouse-with-a-long-identifier-M101_a-description-that-is-very-long_ses-{}_behavior+ecephys+image.nwb",
        "sub-{}/sub-M101_ses-1_behavior+ecephys+image-and-a-description-that-is-long.nwb",
    ],
)
@pytest.mark.parametrize("state", [State.RUNNING, State.FAILED])
def test_names_are_cut_where_they_are_alike(form: str, state: State) -> None:
    files = [_file(at, form.format(day), state, reason="digest differs") for at, day in enumerate(DAYS)]
    lines = _shown(_job(counts={state: 2}), *files)[1:3]
    assert [day in line for day, line in zip(DAYS, lines, strict=True)] == [True, True], lines


def test_the_same_name_in_two_folders_keeps_what_differs() -> None:
    paths = [f"derivatives/of-a-pipeline/sub-{number}/a-name-that-is-rather-long.nwb" for number in (1, 2)]
    names = Names(paths)
    assert len({names.fitted(path, 40) for path in paths}) == 2


@pytest.mark.parametrize("cells", [8, 20])
def test_names_fit_whatever_the_room(cells: int) -> None:
    paths = [f"sub-{letter * 40}_ses-{number}.nwb" for letter in "a鼠" for number in range(3)]
    names = Names(paths)
    assert all(width(names.fitted(path, cells)) <= cells for path in paths)


@pytest.mark.parametrize("phase", ["hashing", "validating", "creating the asset", "listing the draft", "the archive checks it", "the archive takes it in"])
def test_phases_are_whole(phase: str) -> None:
    line = _shown(_job(), _file(1, f"sub-M101_ses-{DAYS[0]}_behavior+ecephys.nwb", phase=phase))[1]
    assert line.rstrip().endswith(f" {phase}")


def test_parts_of_a_job_are_told_apart_and_why_it_is_paused_is_told() -> None:
    half = {"bytes": 560, "total": 1000}
    assert _shown(_job(left=12.0, **half))[0].endswith("56 % of 1.0 kB · 12 s left")
    assert _shown(_job(JobState.ENDED, **half))[0].endswith("ended · 560 B")
    assert _shown(_job(JobState.PAUSED, reason="the key was refused", **half))[0].endswith("paused at 56 % of 1.0 kB · the key was refused")
    assert "→ /data" in _shown(_job(JobState.PAUSED, reason="a reason with many words that go on and on " * 3, **half))[0]


def test_a_paused_file_alone_has_its_whole_name() -> None:
    name = f"sub-M101_ses-{DAYS[0]}_behavior+ecephys.nwb"
    assert f"{name} paused" in _shown(_job(), _file(1, f"000001/sub-M101/{name}", State.PAUSED))[1]


def test_a_reason_does_not_begin_with_the_place_that_the_row_begins_with() -> None:
    path = "000009/sub-L1/sub-L1_sample-A.ome.zarr"
    line = _shown(_job(), _file(1, path, State.FAILED, reason=f"/tmp/here/{path}: a file came there meanwhile, and is left as it is"))[1]
    assert " sub-L1_sample-A.ome.zarr a file came there meanwhile" in line


def test_a_file_is_found_where_it_went() -> None:
    board = Board()
    board.take(Changed(jobs=[_job()], files=[_file(1, "a.nwb"), _file(2, "b.nwb")], first=True))
    rows = TransferRows(lambda: board, lambda: UNICODE)
    rows.take()
    first = rows.rows[1]
    board.take(Changed(files=[_file(1, "a.nwb", State.PAUSED)]))
    assert rows.take() is None
    at = rows.place_of(first)
    assert at == 2
    assert isinstance(found := rows.rows[at], FileRow)
    assert found.file.path == "a.nwb"
