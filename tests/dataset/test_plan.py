"""Plans: the names of the `dandi` client, why each part is there, and what is in the way with what would settle it. No disk."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from small_nwb import TYPES

from dandi_tui.dataset.asset_path import path_fault
from dandi_tui.dataset.file_fields import FileFields, MediaObject, start_digits
from dandi_tui.dataset.naming import clean, short_object_id
from dandi_tui.dataset.plan import make_plan
from dandi_tui.dataset.plan_model import OrganizeOptions, Plan
from dandi_tui.dataset.scan import MediaFile, ScannedFile
from dandi_tui.dataset.target_folder import TargetFolder

DS = TargetFolder(path="ds", real="/ds", there=True)


def file(path: str = "a.nwb", number: int = 0, media: tuple[MediaFile, ...] = (), **fields: Any) -> ScannedFile:
    given = {"nwb_version": "2.8.0", "subject_id": "m1", "session_start": "20210304T050607", "object_id": f"id-{path}", **fields}
    return ScannedFile(number=number, path=path, real=f"/src/{path}", kind="nwb", fields=FileFields(**given), media=media)


def plan(*files: ScannedFile, target: TargetFolder = DS, **options: Any) -> Plan:
    numbered = [ScannedFile(**{**{name: getattr(one, name) for name in one.__struct_fields__}, "number": at}) for at, one in enumerate(files)]
    return make_plan(numbered, OrganizeOptions(**options), target)


def destinations(made: Plan) -> list[str]:
    return [move.destination for move in made.moves]


def kinds(made: Plan) -> dict[str, str]:
    return {one.id: one.severity for one in made.problems}


def recorded_cases() -> list[Any]:
    path = Path(__file__).resolve().parents[3] / "shared/organize/cases.json"
    cases = json.loads(path.read_text()) if path.exists() else []
    return [case for case in cases if not any("raw" in spec for spec in case["files"]) and case["exit_code"] != 2]


def of_spec(spec: dict[str, Any], number: int) -> ScannedFile:
    """The file that a recorded case describes, as a scan would tell it."""
    import uuid

    types: set[str] = set()
    media = []
    for content in spec.get("content", ()):
        name, _, argument = content.partition(":")
        if name == "video":
            types.add("ImageSeries")
        if name in {"video", "external-image"} and not argument.endswith(".svg"):
            media.append((name, argument))
        types |= set(TYPES.get(name, ()))
    default = str(uuid.uuid5(uuid.NAMESPACE_URL, spec["path"]))
    fields = FileFields(
        nwb_version="2.8.0", object_id=spec.get("object_id", default), subject_id=(spec.get("subject") or {}).get("subject_id"),
        session_id=spec.get("session_id"), session_start=start_digits(spec.get("session_start_time", "2021-03-04T05:06:07+00:00")),
        probe_ids=tuple(map(str, spec.get("probe_ids", ()))), types=tuple(sorted(types)),
        external_links=("/scratch_link",) if "external_link" in spec else (),
        media=tuple(MediaObject(place=f"/{name}", object_id="o", kind="video", references=(one,)) for name, one in media), **spec.get("sample", {}),
    )  # fmt: skip
    known = tuple(
        MediaFile(place=f"/{name}", object_id="o", index=0, number=0, reference=one, path=one, there="gone" not in one) for name, one in media
    )  # fmt: skip
    return ScannedFile(number=number, path=spec["path"], real=f"/src/{spec['path']}", kind="nwb", fields=fields, media=known)


def options_of(arguments: list[str]) -> OrganizeOptions:
    given = dict(itertools.pairwise(arguments))
    required = tuple(value for name, value in itertools.pairwise(arguments) if name == "--required-field")
    return OrganizeOptions(
        mode=given.get("-f", "symlink"), required=required, invalid=given.get("--invalid", "fail"), media_mode=given.get("--media-files-mode"),
        update_external_file_paths="--update-external-file-paths" in arguments,
    )  # type: ignore[arg-type]  # fmt: skip


@pytest.mark.parametrize("case", recorded_cases(), ids=lambda one: one["name"])
def test_every_recorded_case_gets_the_names_or_the_refusal_of_the_dandi_client(case: dict[str, Any]) -> None:
    files = [of_spec(spec, number) for number, spec in enumerate(case["files"]) if not any(part.startswith(".") for part in spec["path"].split("/"))]
    there = {path: f"/ds/{path}" for path in case["existing"]}
    made = make_plan(files, options_of(case["options"]), TargetFolder(path="ds", real="/ds", there=True, files=there))
    assert made.refused == bool(case["exit_code"]), [one.message for one in made.problems]
    if not case["exit_code"]:
        wanted = {path for path in case["destinations"] if "external_file" not in path}
        assert set(destinations(made)) == wanted


def test_each_part_of_a_name_says_where_it_is_from_and_why_it_is_there() -> None:
    made = plan(file("a.nwb", session_id="s_1", types=("ElectricalSeries",)), file("b.nwb", session_id="s2"))
    parts = {part.field: part for part in made.moves[0].parts}
    assert made.moves[0].destination == "sub-m1/sub-m1_ses-s-1_ecephys.nwb"
    assert "".join(part.text for part in made.moves[0].parts) == "sub-m1_ses-s-1_ecephys.nwb"
    assert (parts["session_id"].value, parts["session_id"].place) == ("s_1", "/general/session_id")
    assert parts["session_id"].why == "2 different ones among 2 files"
    assert parts["modalities"].value == "ElectricalSeries"


def test_a_session_from_the_start_time_says_so() -> None:
    made = plan(file("a.nwb", session_start_time="2021-03-04T05:06:07Z"), file("b.nwb", session_id="s2"))
    part = next(part for part in made.moves[0].parts if part.field == "session_id")
    assert (part.text, part.value, part.place) == ("_ses-20210304T050607", "2021-03-04T05:06:07Z", "/session_start_time")
    assert "no session id" in part.why


def test_an_object_id_that_tells_files_apart_says_so() -> None:
    made = plan(file("a.nwb", object_id="x"), file("b.nwb", object_id="y"))
    part = made.moves[0].parts[1]
    assert (part.text, part.why) == (f"_obj-{short_object_id('x')}", "tells apart 2 files that would else have one name")


def test_files_without_a_subject_are_one_problem_that_names_the_field_and_the_files() -> None:
    made = plan(file("a.nwb", subject_id=None), file("b.nwb", subject_id=""), file("c.nwb"))
    (problem,) = made.problems
    assert (problem.id, problem.severity, problem.field, problem.files) == ("no-subject", "error", "subject_id", ("a.nwb", "b.nwb"))
    assert "subject_id" in problem.hint
    assert made.left_out == ("a.nwb", "b.nwb")
    assert not plan(file("a.nwb", subject_id=None), file("c.nwb"), invalid="warn").refused


def test_copies_that_collide_are_told_with_both_files() -> None:
    made = plan(file("a.nwb", object_id="x"), file("b.nwb", object_id="x"))
    problem = next(one for one in made.problems if one.severity == "error")
    assert (problem.id, problem.files) == ("same-object-id", ("a.nwb", "b.nwb"))


def test_leaving_a_file_out_or_renaming_it_settles_a_collision() -> None:
    two = (file("a.nwb", object_id="x"), file("b.nwb", object_id="x"))
    assert not plan(*two, left_out=frozenset(["b.nwb"])).refused
    made = plan(*two, renames={"b.nwb": "sub-m1/sub-m1_desc-copy.nwb"})
    assert not made.refused
    assert made.moves[1].destination == "sub-m1/sub-m1_desc-copy.nwb"
    assert made.moves[1].parts == ()


@pytest.mark.parametrize("path", ["../out.nwb", "/abs.nwb", "sub-ü/a.nwb", "a//b.nwb", "sub-m1/a:b.nwb", "", "x" * 600 + ".nwb", "a/..nwb"])
def test_a_chosen_name_that_the_archive_would_refuse_is_refused(path: str) -> None:
    assert path_fault(path)
    if path:
        assert plan(file("a.nwb"), renames={"a.nwb": path}).refused


def test_names_that_two_files_were_given_are_refused() -> None:
    made = plan(file("a.nwb", session_id="1"), file("b.nwb", session_id="2"), renames={"b.nwb": "sub-m1/sub-m1_ses-1.nwb"})
    assert kinds(made)["same-name"] == "error"


@pytest.mark.parametrize(
    "path", ["sub-m1/sub-m1_ses-1_ecephys.nwb", "docs/with space (1) & #2.txt", "docs/.hidden", ".bidsignore", "a/b.nwb.zarr", "docs\\x.txt"]
)
def test_names_that_the_archive_takes_are_taken(path: str) -> None:
    assert not path_fault(path)


def test_a_name_outside_the_archives_letters_is_organized_with_a_warning() -> None:
    made = plan(file("a.nwb", subject_id="mäuschen"))
    assert destinations(made) == ["sub-mäuschen/sub-mäuschen.nwb"]
    assert kinds(made) == {"path-refused": "warning"}
    assert made.problems[0].field == "subject_id"


def test_names_that_differ_by_case_alone_are_refused_where_the_disk_is_blind_to_it() -> None:
    two = (file("a.nwb", subject_id="M1"), file("b.nwb", subject_id="m1"))
    assert kinds(plan(*two)) == {"case": "warning"}
    assert plan(*two, target=TargetFolder(path="ds", real="/ds", case_blind=True)).refused
    there = TargetFolder(path="ds", real="/ds", files={"sub-M1/sub-M1.nwb": "/ds/sub-M1/sub-M1.nwb"}, case_blind=True)
    assert plan(file("b.nwb"), target=there).refused


def test_names_stay_alike_over_runs_when_asked() -> None:
    there = TargetFolder(path="ds", real="/ds", there=True, files={"sub-m1/sub-m1_ses-s1_ecephys.nwb": "/ds/x"})
    plain = plan(file("a.nwb", session_id="s2"), target=there)
    assert destinations(plain) == ["sub-m1/sub-m1.nwb"]
    assert kinds(plain) == {"unlike": "warning"}
    stable = plan(file("a.nwb", session_id="s2"), target=there, stable=True)
    assert destinations(stable) == ["sub-m1/sub-m1_ses-s2.nwb"]
    assert stable.moves[0].parts[1].why == "names in the Dandiset have it"
    assert not stable.problems


def test_what_is_in_the_dandiset_is_not_overwritten_and_the_file_itself_is_skipped() -> None:
    there = TargetFolder(path="ds", real="/ds", there=True, files={"sub-m1/sub-m1.nwb": "/ds/sub-m1/sub-m1.nwb"})
    assert kinds(plan(file(), target=there)) == {"exists": "error"}
    linked = TargetFolder(path="ds", real="/ds", there=True, files={"sub-m1/sub-m1.nwb": "/src/a.nwb"})
    assert plan(file(), target=linked).moves[0].same
    assert plan(file(), target=linked, mode="copy").refused


def test_a_name_too_long_says_which_field_to_shorten() -> None:
    made = plan(file("a.nwb", session_id="x" * 250), file("b.nwb", session_id="y"))
    problem = next(one for one in made.problems if one.id == "too-long")
    assert (problem.severity, problem.field, problem.files) == ("error", "session_id", ("a.nwb",))


def test_identifiers_in_files_do_not_lead_out_of_the_dandiset() -> None:
    media = MediaFile(place="/acquisition/v", object_id="../../../etc/x", index=0, number=0, reference="f.mp4", path="/src/f.mp4", there=True)
    made = plan(file("a.nwb", subject_id="../../..", session_id="/etc"), file("a2.nwb", media=(media,)), mode="copy", update_external_file_paths=True)
    paths = [*destinations(made), *(one.destination for move in made.moves for one in move.media)]
    assert len(paths) == 3
    assert all(".." not in path and path.count("/") <= 2 and path.startswith("sub-") for path in paths)


def test_a_video_that_two_files_refer_to_can_not_be_moved() -> None:
    media = MediaFile(place="/acquisition/v", object_id="o", index=0, number=0, reference="f.mp4", path="/src/f.mp4", there=True)
    two = (file("a.nwb", media=(media,), session_id="1"), file("b.nwb", media=(media,), session_id="2"))
    assert kinds(plan(*two, mode="copy", update_external_file_paths=True, media_mode="move")) == {"media-shared": "error"}
    assert not plan(*two, mode="copy", update_external_file_paths=True, media_mode="copy").refused


def test_a_file_that_something_writes_to_is_not_copied() -> None:
    changing = ScannedFile(**{**{name: getattr(file(), name) for name in file().__struct_fields__}, "changed": True})
    assert plan(changing, mode="copy").refused
    assert not plan(changing, mode="symlink").refused


def test_a_plan_of_ten_thousand_colliding_files_is_made() -> None:
    files = [file(f"{number}.nwb", session_id="s", object_id=f"id{number}", subject_id=f"m{number % 5000}") for number in range(10_000)]
    made = plan(*files)
    assert len(set(destinations(made))) == 10_000
    assert not made.refused


@pytest.mark.parametrize("value", ["a\x1b[2Jb", "a\x07b", "a\x9b1mb", "a\u202eb", "a\x00b", "a\u200bb"])
def test_names_are_made_without_what_a_terminal_would_obey(value: str) -> None:
    assert set(clean(value)) <= set("ab-[12Jm")
