"""What organizing would do, before anything is done: a pure function of scanned files, options and the target folder.

plan = make_plan(files, OrganizeOptions(mode="symlink"), look_at("dandiset/"))
plan.moves          where each file goes; `move.parts`: each part of its name, where it is from and why it is there
plan.problems       what is in the way, each with the files and the field that would settle it
plan.refused        whether nothing may be done because of them
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dandi_tui.dataset.naming import clean, names_for, path_of
from dandi_tui.dataset.plan_model import MediaMove, Move, OrganizeOptions, Plan, Problem
from dandi_tui.dataset.plan_problems import folder_problems, media_problems, place_problems, sorted_out, unlike
from dandi_tui.dataset.scan import ScannedFile, is_address

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dandi_tui.dataset.naming import Part
    from dandi_tui.dataset.target_folder import TargetFolder


def make_plan(files: Iterable[ScannedFile], options: OrganizeOptions, target: TargetFolder) -> Plan:
    """Plans where each file goes. No disk is touched.

    Args:
        files: What was scanned, in any order.
        options: How.
        target: The folder of the Dandiset as it is.
    """
    ordered = sorted(files, key=lambda one: one.number)
    nwb = [one for one in ordered if one.is_nwb and one.path not in options.left_out]
    usable, problems = sorted_out(nwb, options)
    problems += folder_problems(ordered)
    usual = target.usual_fields()
    extensions = [_extension(one) for one in usable]
    names = names_for([one.fields for one in usable if one.fields], extensions, required=options.required, usual=usual if options.stable else ())
    chosen = {one.path: options.renames[one.path] for one in usable if one.path in options.renames}
    problems += [
        Problem(severity="error", id=one.kind, message=one.message, hint=one.hint, field="object_id", files=tuple(usable[at].path for at in one.files))
        for one in names.unnamed
        if not any(usable[at].path in chosen for at in one.files)
    ]
    moves = [_move(one, parts, chosen.get(one.path), options, target) for one, parts in zip(usable, names.parts, strict=True)]
    problems += media_problems(usable, options) + unlike(moves, usual, options)
    problems += place_problems(moves, target, options.mode)
    known = {one.path for one in usable}
    return Plan(
        root=target.path, mode=options.mode, media_mode=options.media_mode or "symlink", moves=tuple(moves), problems=tuple(problems),
        left_out=tuple(one.path for one in ordered if one.is_nwb and one.path not in known),
        others=sum(not one.is_nwb and one.kind != "unreadable" for one in ordered),
    )  # fmt: skip


def _extension(file: ScannedFile) -> str:
    return ".nwb.zarr" if file.kind == "zarr" else ".nwb"


def _move(file: ScannedFile, parts: tuple[Part, ...], chosen: str | None, options: OrganizeOptions, target: TargetFolder) -> Move:
    destination = chosen or path_of(parts)
    there = target.files.get(destination)
    media = tuple(_media_moves(file, destination)) if options.update_external_file_paths else ()
    # A link that leads to the file stands for it where links are made; elsewhere it is another file's name.
    same = there == file.real and (options.mode in {"symlink", "simulate", "dry"} or f"{target.real}/{destination}" == there)
    return Move(
        source=file.path, real=file.real, destination=destination, parts=() if chosen else parts, media=() if same else media, same=same,
        store=file.kind == "zarr", size=file.size, mtime=file.mtime,
    )  # fmt: skip


def _media_moves(file: ScannedFile, destination: str) -> Iterable[MediaMove]:
    folder, _, name = destination.rpartition("/")
    stem = name.removesuffix(".zarr").removesuffix(".nwb")
    for one in file.media:
        if is_address(one.reference):
            continue
        suffix = one.reference[one.reference.rindex(".") :].lower()
        known = clean(one.object_id or one.place.strip("/"))
        rewritten = f"{stem}/{known}_external_file_{one.number}{suffix}"
        yield MediaMove(
            source=one.path, destination=f"{folder}/{rewritten}" if folder else rewritten, place=one.place, index=one.index, reference=one.reference,
            rewritten=rewritten,
        )  # fmt: skip
