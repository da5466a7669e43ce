"""Writing filled-in fields into NWB files of a Dandiset: into a copy, which takes the file's place when it is whole.

A file that is a link to its source, or a second name of it, becomes a file of its own: the source is never written to. How a file
is copied and written is told by its format: `mend_hdf5`, `mend_zarr`.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from concurrent.futures import as_completed
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from dandi_tui.dataset.cache import identity_of
from dandi_tui.dataset.mend_fields import FIELDS, MendError, checked_value
from dandi_tui.dataset.mend_rules import Fillable

if TYPE_CHECKING:
    from collections.abc import Iterator

Values = Mapping[str, "str | list[str]"]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A field that was written: what it said before (None: nothing), and what it says now."""

    field: str
    before: str | list[str] | None
    after: str | list[str]


class Mended(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file.

    Attributes:
        path: The file.
        changes: Fields that were written; those that said the same before are none.
        problem: Why it was not changed, in words; empty where all is well.
    """

    path: str
    changes: list[Change] = []
    problem: str = ""


def mend_all(work: Mapping[str, Values], *, jobs: int | None = None) -> Iterator[Mended]:
    """Mends files in processes apart; yields each when it is done, in any order.

    Args:
        work: Path → field → value.
        jobs: How many side by side; None: as many as there are processors.
    """
    from dandi_tui.dataset.pool import Workers

    workers = Workers(jobs, patience=3600.0)
    try:
        asked = {workers.submit(mend_file, path, {name: value for name, value in values.items()}): path for path, values in work.items()}  # noqa: C416
        for future in as_completed(asked):
            error = future.exception()
            if error is not None:
                yield Mended(path=asked[future], problem=str(error))
            else:
                yield msgspec.convert(future.result(), Mended)
    finally:
        workers.shutdown(cancel_futures=True)


def fillable_of(path: str) -> Fillable:
    """A file as rules see it: its subject, and which fields say something already. Runs in a worker.

    Raises:
        FileError: It can't be read.
    """
    from dandi_tui.dataset.mend_hdf5 import opened
    from dandi_tui.dataset.mend_zarr import StoreTarget

    if Path(path).is_dir():
        filled = _filled(StoreTarget(Path(path)))
    else:
        with opened(path) as file:
            filled = _filled(file)
    subject = filled.get("subject.subject_id", "")
    return Fillable(path=path, subject_id=subject if isinstance(subject, str) else subject[0], filled=frozenset(filled))


def _filled(file: Target) -> dict[str, str | list[str]]:
    return {name: value for name, field in FIELDS.items() if (value := file.value(field.place))}


def mend_file(path: str, values: Values) -> Mended:
    """Writes fields into a file; whole, or not at all.

    Args:
        path: An NWB file, in HDF5 or Zarr.
        values: Field → value; ages, species and sexes are written as the archive wants them.
    """
    try:
        checked = {name: _checked(name, value) for name, value in values.items()}
        return Mended(path=path, changes=_replaced(Path(path), checked))
    except MendError as error:
        return Mended(path=path, problem=str(error))
    except (OSError, RuntimeError, ValueError, KeyError, TypeError) as error:
        words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return Mended(path=path, problem=f"It could not be changed, and is as it was: {words}")


def _checked(name: str, value: str | list[str]) -> str | list[str]:
    """A value that can stand in its field; a list's values may themselves have a `;`."""
    if not isinstance(value, list):
        return checked_value(name, value)
    if name in FIELDS and not FIELDS[name].many:
        raise MendError("it takes one value", subject=FIELDS[name].label)
    return [part for one in value for part in checked_value(name, one)]


def _replaced(path: Path, values: Values) -> list[Change]:
    """Makes a copy, writes into it, reads it back, and puts it in the file's place."""
    from dandi_tui.dataset import mend_hdf5, mend_zarr

    of_store = path.is_dir()
    how: Any = mend_zarr if of_store else mend_hdf5
    if of_store:
        mend_zarr.check(path)
    with how.kept_from_writers(path):
        return _exchanged(path, values, how)


def _exchanged(path: Path, values: Values, how: Any) -> list[Change]:  # noqa: ANN401 (the format's module)
    before = identity_of(str(path))
    part = path.with_name(f".{path.name}.mending-{uuid.uuid4().hex[:8]}")
    try:
        how.copy(path, part)
        with how.opened(part, "r+") as file:
            changes = _written(file, values)
        if not changes:
            return []
        with how.opened(part) as file:
            _read_back(file, changes)
        how.sync(part)
        if identity_of(str(path)) != before:
            raise MendError("it was changed by something else meanwhile, and is left as that made it", remedy="Try again.")
        how.take_place(part, path)
    finally:
        how.remove(part)
    return changes


def _read_back(file: Target, changes: list[Change]) -> None:
    for one in changes:
        if file.value(FIELDS[one.field].place) != one.after:
            raise MendError(f"{one.field} does not read as it was written; the file is as it was")


# Fields in the file


class Target(Protocol):
    """An NWB file that fields are written into, whatever its format."""

    def value(self, place: str) -> str | list[str] | None:
        """What a field says: one text, or a list where it is an array."""

    def put(self, place: str, value: str | list[str]) -> None:
        """Writes a text, or a list of them; attributes that stood there stay."""

    def reference(self, place: str) -> str:
        """From when an age is counted; empty: from birth."""

    def set_reference(self, place: str, reference: str) -> None:
        """Whether an age is counted from birth, which is the rule, or from gestation."""

    def link_on_the_way(self, place: str) -> str:
        """The first step to a place that is a link to elsewhere, perhaps into another file; empty where there is none."""


def _written(file: Target, values: Values) -> list[Change]:
    changes = []
    for name, value in values.items():
        place = FIELDS[name].place
        reference = ""
        if name == "subject.age" and isinstance(value, str) and value.startswith("Gestation "):
            value, reference = value.removeprefix("Gestation "), "gestational"  # noqa: PLW2901
        if elsewhere := file.link_on_the_way(place):
            raise MendError(f"{elsewhere} is a link to elsewhere: it is not written through", remedy="Fill the field in where the file is made.")
        before = file.value(place)
        if before == value and file.reference(place) == reference:
            continue
        if name == "session_start_time":
            _follow(file, before, value)
        file.put(place, value)
        if name == "subject.age":
            file.set_reference(place, reference)
        changes.append(Change(field=name, before=before, after=value))
    if changes:
        _note_the_day(file)
    return changes


def _follow(file: Target, before: object, value: str | list[str]) -> None:
    """The times' reference is the session's start, where it was that before."""
    place = "/timestamps_reference_time"
    if before is not None and file.value(place) == before:
        file.put(place, value)


def _note_the_day(file: Target) -> None:
    """NWB keeps the days of a file's changes beside that of its making."""
    with suppress(OSError, RuntimeError, ValueError, TypeError, KeyError, MendError):
        days = file.value("/file_create_date")
        if isinstance(days, list):
            file.put("/file_create_date", [*days, datetime.now().astimezone().isoformat()])
