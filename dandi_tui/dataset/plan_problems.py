"""What is in the way of a plan, each with the files and the field that would settle it. Pure functions."""

from __future__ import annotations

import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

from dandi_tui.dataset.asset_path import path_fault
from dandi_tui.dataset.plan_model import Move, OrganizeOptions, Problem, Severity
from dandi_tui.dataset.scan import ScannedFile, is_address
from dandi_tui.text import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dandi_tui.dataset.target_folder import TargetFolder

_LONGEST_PATH = 4096


def sorted_out(files: Sequence[ScannedFile], options: OrganizeOptions) -> tuple[list[ScannedFile], list[Problem]]:
    """The files that can be named, and problems that say why others can't."""
    severity: Severity = "error" if options.invalid == "fail" else "warning"
    usable, unreadable, linked, nobody = [], [], [], []
    for one in files:
        if one.problem or one.fields is None:
            unreadable.append(one)
        elif one.fields.external_links:
            linked.append(one)
        elif not one.fields.subject_id:
            nobody.append(one)
        else:
            usable.append(one)
    problems = [
        Problem(severity=severity, id="unreadable", message=one.problem or "it was not read", hint="Mend it, or leave it out.", files=(one.path,))
        for one in unreadable
    ]
    for one in linked:
        places = ", ".join(one.fields.external_links[:3]) if one.fields else ""
        hint = "Copy what it links to into the file (`h5copy`, or export with PyNWB): the archive holds each file by itself."
        problems.append(Problem(severity=severity, id="external-links", message=f"it links into other HDF5 files: {places}", hint=hint, files=(one.path,)))
    if nobody:
        hint = "Names begin with it. `dandi-tui mend --set subject.subject_id=… FILE` fills it in; its place is /general/subject/subject_id."
        message = "it has no subject id" if len(nobody) == 1 else f"{len(nobody):,} files have no subject id"
        problems.append(Problem(severity=severity, id="no-subject", message=message, hint=hint, field="subject_id", files=tuple(one.path for one in nobody)))
    return usable, problems + _doubts(usable, options)


def _doubts(files: Sequence[ScannedFile], options: OrganizeOptions) -> list[Problem]:
    """What should be known of files that can be named."""
    problems = []
    changing = tuple(one.path for one in files if one.changed)
    if changing:
        severity: Severity = "error" if options.mode in {"copy", "move", "hardlink"} else "warning"
        message = f"{_it_or(changing)} changed while being read: something still writes to it"
        problems.append(Problem(severity=severity, id="changing", message=message, hint="Wait until it is written, then scan again.", files=changing))
    several = tuple(one.path for one in files if one.fields and one.fields.subjects > 1)
    if several:
        message = f"more than one subject in {_it_or(several)}: the name takes that of general/subject"
        problems.append(Problem(severity="warning", id="several-subjects", message=message, field="subject_id", files=several))
    by_id: dict[str, list[str]] = {}
    for one in files:
        if one.fields and one.fields.object_id:
            by_id.setdefault(one.fields.object_id, []).append(one.path)
    for object_id, paths in by_id.items():
        if len(paths) > 1:
            message = f"{len(paths)} files have the same object id, {object_id}: are they copies of one another?"
            problems.append(Problem(severity="warning", id="copies", message=message, field="object_id", files=tuple(paths)))
    return problems


def folder_problems(files: Sequence[ScannedFile]) -> list[Problem]:
    """Folders that could not be looked into."""
    return [Problem(severity="warning", id="folder", message=one.problem, files=(one.path,)) for one in files if one.kind == "unreadable"]


def media_problems(files: Sequence[ScannedFile], options: OrganizeOptions) -> list[Problem]:
    """What is to be said of videos and pictures that files refer to."""
    updates, modes = options.update_external_file_paths, "copy or move"
    if updates and options.mode not in {"copy", "move"}:
        message = f"references in NWB files can be changed only in copies of them, not in mode {options.mode}"
        return [Problem(severity="error", id="media-mode", message=message, hint=f"Choose the mode {modes} with --update-external-file-paths.")]
    referring = [one for one in files if one.media or _counts(one)]
    if not updates:
        hint = f"Give --update-external-file-paths (with the mode {modes}): the media go along, and the references are changed."
        return [
            Problem(severity="error", id="media", message=f"it refers to other files: {', '.join(_references(one))}", hint=hint, files=(one.path,))
            for one in referring
        ]
    problems = [
        Problem(
            severity="error", id="media-missing", message=f"it refers to {gone}, which is not there", files=(one.path,),
            hint="Bring the file to that place, or mend the reference (external_file).", field="external_file",
        )
        for one in files for gone in [media.reference for media in one.media if not media.there and not is_address(media.reference)]
    ]  # fmt: skip
    left = [one for one in files if one.unknown_media]
    for one in left:
        message = f"it refers to files that are not brought along: {', '.join(one.unknown_media[:3])}"
        problems.append(Problem(severity="warning", id="media-unknown", message=message, files=(one.path,), field="external_file"))
    return problems + _shared_media(files, options)


def _counts(file: ScannedFile) -> bool:
    """Whether a file's references ask for a decision though none is brought along: those of videos do, as in the `dandi` client."""
    return file.fields is not None and any(one.kind == "video" and one.organized for one in file.fields.media)


def _references(file: ScannedFile) -> list[str]:
    return [one.reference for one in file.media][:3] or list(file.unknown_media[:3])


def _shared_media(files: Sequence[ScannedFile], options: OrganizeOptions) -> list[Problem]:
    if options.media_mode != "move":
        return []
    users: dict[str, list[str]] = {}
    for one in files:
        for media in one.media:
            users.setdefault(media.path or media.reference, []).append(one.path)
    return [
        Problem(
            severity="error", id="media-shared", message=f"{plural(len(paths), 'reference')} to one file, {path}: it can't be moved to several places",
            hint="Choose --media-files-mode copy, symlink or hardlink.", files=tuple(dict.fromkeys(paths)),
        )
        for path, paths in users.items() if len(paths) > 1
    ]  # fmt: skip


def unlike(moves: Sequence[Move], usual: tuple[str, ...], options: OrganizeOptions) -> list[Problem]:
    """Whether names would be unlike those in the Dandiset, since fields enter only where the files of one run differ."""
    if options.stable:
        return []
    problems = []
    for field in usual:
        without = tuple(one.source for one in moves if one.parts and not one.same and all(part.field != field for part in one.parts))
        if without and field not in options.required:
            message = f"names in the Dandiset have a {field}, those of {plural(len(without), 'file')} of this run do not"
            hint = f"Give --stable, or --required-field {field}, to have names alike over several runs."
            problems.append(Problem(severity="warning", id="unlike", message=message, hint=hint, field=field, files=without))
    return problems


def place_problems(moves: Sequence[Move], target: TargetFolder, mode: str) -> list[Problem]:
    """Places that are taken, that two would take, or that no file system or archive would hold."""
    problems: list[Problem] = []
    folded: dict[str, list[Move]] = {}
    for one in moves:
        folded.setdefault(_folded(one.destination), []).append(one)
        problems += _place(one, target, mode)
        twice = [path for path, count in Counter(media.destination for media in one.media).items() if count > 1]
        if twice:
            message = f"two of the files that it refers to would both be {twice[0]}: objects in it have the same object id"
            problems.append(Problem(severity="error", id="same-name", message=message, hint="Save it anew.", field="object_id", files=(one.source,)))
    for sharing in folded.values():
        if len(sharing) > 1:
            problems += _collision(sharing, target)
    if target.case_blind or any(one.destination not in target.files for one in moves):
        problems += _taken_by_case(folded, target)
    return problems


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path.casefold())


def _place(move: Move, target: TargetFolder, mode: str) -> list[Problem]:
    problems = []
    for path in (move.destination, *(one.destination for one in move.media)):
        if path in target.files and not move.same and not (mode == "move" and _own_link(move, path, target)):
            message = f"{path} is in the Dandiset already"
            problems.append(Problem(severity="error", id="exists", message=message, hint="Remove it first, or leave this file out.", files=(move.source,)))
    longest = max((*move.destination.split("/"), *(part for one in move.media for part in one.destination.split("/"))), key=lambda name: len(name.encode()))
    if len(longest.encode("utf-8", "surrogateescape")) > target.longest_name:
        length = len(longest.encode("utf-8", "surrogateescape"))
        message = f"the name would have {length} bytes, and the target's file system holds {target.longest_name}"
        hint = "Shorten the longest field: " + _longest_field(move)
        problems.append(Problem(severity="error", id="too-long", message=message, hint=hint, field=_longest_field(move), files=(move.source,)))
    elif len(f"{target.real}/{move.destination}".encode("utf-8", "surrogateescape")) >= _LONGEST_PATH:
        problems.append(Problem(severity="error", id="too-long", message="the path would be longer than a system holds", files=(move.source,)))
    if "\0" in move.destination:
        problems.append(Problem(severity="error", id="no-name", message="the name would hold a NUL, which no file system takes", files=(move.source,)))
    elif fault := path_fault(move.destination):
        severity: Severity = "error" if not move.parts else "warning"
        hint = "Choose another name." if not move.parts else "Rename the subject or session in the file, or the entry in the plan, before an upload."
        message = f"the archive would not take {move.destination}: it {fault}"
        problems.append(Problem(severity=severity, id="path-refused", message=message, hint=hint, field=_strange_field(move), files=(move.source,)))
    return problems


def _own_link(move: Move, path: str, target: TargetFolder) -> bool:
    """Whether the place is taken by a link to the very file that is moved there: the file takes the link's place."""
    return target.files[path] == move.real and f"{target.real}/{path}" != move.real and path == move.destination


def _longest_field(move: Move) -> str:
    return max(move.parts, key=lambda part: len(part.text)).field if move.parts else ""


def _strange_field(move: Move) -> str:
    return next((part.field for part in move.parts if path_fault(f"x{part.text}") and part.field != "extension"), "")


def _collision(sharing: list[Move], target: TargetFolder) -> list[Problem]:
    """Files whose places are the same, or the same but for case: where they go decides whether that can be."""
    exact = len({one.destination for one in sharing}) < len(sharing)
    if exact and all(one.parts for one in sharing):
        return []
    files = tuple(one.source for one in sharing)
    shown = sharing[0].destination
    if exact:
        return [Problem(severity="error", id="same-name", message=f"{len(files)} files would all be {shown}", hint="Rename all but one.", files=files)]
    message = f"{', '.join(one.destination for one in sharing[:3])} differ by case alone"
    hint = "Give them ids that differ in more than case: on disks that are blind to case, and for many people, they are one."
    return [Problem(severity="error" if target.case_blind else "warning", id="case", message=message, hint=hint, field="subject_id", files=files)]


def _taken_by_case(folded: dict[str, list[Move]], target: TargetFolder) -> list[Problem]:
    problems = []
    for path in target.files:
        for one in folded.get(_folded(path), ()):
            if one.destination != path and not one.same:
                severity: Severity = "error" if target.case_blind else "warning"
                message = f"{one.destination} differs by case alone from {path}, which is in the Dandiset"
                problems.append(Problem(severity=severity, id="case", message=message, hint="Rename one of them.", files=(one.source,)))
    return problems


def _it_or(files: Sequence[str]) -> str:
    """One file, whose name stands beside the words, or how many."""
    return "it" if len(files) == 1 else f"{len(files):,} files"
