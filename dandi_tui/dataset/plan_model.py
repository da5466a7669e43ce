"""A plan of organizing, and what can be chosen for it: frozen structs, made by `plan.make_plan`."""

from __future__ import annotations

from typing import Literal

import msgspec

from dandi_tui.dataset.naming import Part

Mode = Literal["dry", "simulate", "copy", "move", "hardlink", "symlink"]
MediaMode = Literal["symlink", "copy", "move", "hardlink"]
Severity = Literal["error", "warning"]
MODES = ("dry", "simulate", "copy", "move", "hardlink", "symlink")
MEDIA_MODES = ("symlink", "copy", "move", "hardlink")
UNNAMED = frozenset({"unreadable", "external-links", "no-subject"})
"""Ids of problems of files that can't be named, which `OrganizeOptions.invalid` may leave out."""


class OrganizeOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How files are organized.

    Attributes:
        mode: What is done with each file.
        required: Fields that enter every name where they have a value.
        stable: Whether fields that the names in the Dandiset have enter further names too.
        invalid: `fail`: nothing is done where a file can't be named; `warn`: it is left out.
        update_external_file_paths: Whether media are brought along, and the references in the copied NWB files changed.
        media_mode: What is done with the media; None: as symbolic links.
        renames: Paths that a person chose: source as scanned → path in the Dandiset.
        left_out: Sources that a person took out.
    """

    mode: Mode = "symlink"
    required: tuple[str, ...] = ()
    stable: bool = False
    invalid: Literal["fail", "warn"] = "fail"
    update_external_file_paths: bool = False
    media_mode: MediaMode | None = None
    renames: dict[str, str] = {}
    left_out: frozenset[str] = frozenset()


class MediaMove(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A file that goes along with an NWB file.

    Attributes:
        source: Where it is.
        destination: Its path in the Dandiset.
        place: The object in the NWB file that refers to it.
        index: The place of the reference among the object's.
        reference: The reference as it is now.
        rewritten: The reference as it will be, from the NWB file's folder.
    """

    source: str
    destination: str
    place: str
    index: int
    reference: str
    rewritten: str


class Move(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One file and where it goes.

    Attributes:
        source: The file, as it was scanned.
        real: The same with all links resolved.
        destination: Its path in the Dandiset.
        parts: What its name is made of; empty where a person chose it.
        media: What goes along with it.
        same: Whether it stands there already, so that nothing need be done.
        store: Whether it is a Zarr store, a folder.
        size: In bytes.
        mtime: When it was last changed, in ns.
    """

    source: str
    real: str
    destination: str
    parts: tuple[Part, ...] = ()
    media: tuple[MediaMove, ...] = ()
    same: bool = False
    store: bool = False
    size: int = 0
    mtime: int = 0


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is in the way (`error`), or should be known (`warning`).

    Attributes:
        severity: `error` or `warning`.
        id: Its kind, in a word.
        message: What is the matter.
        hint: What would settle it.
        field: The field of the files that it is about; empty where it is about none.
        files: The files, as they were scanned.
    """

    severity: Severity
    id: str
    message: str
    hint: str = ""
    field: str = ""
    files: tuple[str, ...] = ()


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What would be done.

    Attributes:
        root: The folder of the Dandiset, as it was given.
        mode: What is done with each file.
        media_mode: What is done with the media.
        moves: Where each file goes, in the order of the scan.
        problems: What is in the way.
        left_out: Files that go nowhere, since they can't be named, or were taken out.
        others: How many files there are beside the NWB files.
    """

    root: str
    mode: Mode
    media_mode: MediaMode = "symlink"
    moves: tuple[Move, ...] = ()
    problems: tuple[Problem, ...] = ()
    left_out: tuple[str, ...] = ()
    others: int = 0

    @property
    def refused(self) -> bool:
        """Whether nothing may be done."""
        return any(problem.severity == "error" for problem in self.problems)

    @property
    def errors(self) -> list[Problem]:
        """The problems that are in the way."""
        return [problem for problem in self.problems if problem.severity == "error"]
