"""Putting content into the embedded archive, with all that the real server computes when it is uploaded and published."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from dandi_tui.demo import asset_paths, digests, metadata
from dandi_tui.demo.content import Release, SampleDandiset, SampleFile
from dandi_tui.demo.store import Store, Value, blobs, events, facts, folded, users, zarrs
from dandi_tui.demo.store.dandisets import Dandiset
from dandi_tui.demo.store.versions import DRAFT, Version
from dandi_tui.demo.summary import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

USERS = tuple(
    users.User(number, username, first, last, f"{username}@example.org", int(username == "admin"), status, letter * 40)
    for number, (username, first, last, status, letter) in enumerate(
        (
            ("demo", "Demo", "User", "APPROVED", "d"),
            ("alice", "Alice", "Doe", "APPROVED", "a"),
            ("admin", "Ada", "Admin", "APPROVED", "b"),
            ("pending", "Penny", "Pending", "PENDING", "c"),
            ("incomplete", "Ingo", "Incomplete", "INCOMPLETE", "e"),
            ("rejected", "Rita", "Rejected", "REJECTED", "f"),
        ),
        start=1,
    )
)
_EMPTY = {"field": "assetsSummary", "message": "Value error, A Dandiset containing no files or zero bytes is not publishable"}
_EMBARGO_ENDS = "2028-06-30"
_BATCH = 5_000


class _Placed(msgspec.Struct, frozen=True):
    """An asset that is in: where it is, and its size in bytes."""

    number: int
    path: str
    size: int
    row: tuple[Value, ...]
    event: tuple[Value, ...]
    facts: tuple[tuple[str, str], ...]


class _Holding:
    """A version in the making."""

    def __init__(self, number: int, release: Release) -> None:
        self.number = number
        self.release = release
        self.tally = Tally()

    def holds(self, path: str) -> bool:
        return self.release.paths is None or path in self.release.paths


def fill(store: Store, dandisets: Iterable[SampleDandiset], *, move: bool = False) -> None:
    """Puts Dandisets in, each whole or not at all; those that are there already stay as they are.

    Args:
        store: Where they are put.
        dandisets: What is put there.
        move: Takes the files away from where they are, which is quicker; without it they are copied.

    Raises:
        ValueError: A path is not one that the archive would take, or an owner is unknown.
    """
    for dandiset in dandisets:
        if not store.has("SELECT 1 FROM dandiset WHERE identifier = ?", dandiset.identifier):
            with store.transaction(), tempfile.TemporaryDirectory(dir=store.root) as folder:
                _fill_one(store, dandiset if move else msgspec.structs.replace(dandiset, files=_copies(dandiset.files, Path(folder))))


def _copies(files: Iterable[SampleFile], folder: Path) -> Iterator[SampleFile]:
    """The same files, each copied when it is asked for."""
    for number, file in enumerate(files):
        if file.source is None:
            yield file
            continue
        copy = folder / str(number)
        if file.is_zarr:
            shutil.copytree(file.source, copy, copy_function=shutil.copyfile)
        else:
            shutil.copyfile(file.source, copy)
        yield msgspec.structs.replace(file, source=copy)


def _fill_one(store: Store, sample: SampleDandiset) -> None:
    record = Dandiset(
        sample.identifier,
        _stamp(sample.created),
        _stamp(sample.modified),
        "EMBARGOED" if sample.embargoed else "OPEN",
        _EMBARGO_ENDS if sample.embargoed else None,
    )
    store.insert("dandiset", [msgspec.structs.astuple(record)])
    store.insert("owner", [(sample.identifier, _user(store, name)) for name in sample.owners])
    store.insert("star", [(None, sample.identifier, _user(store, name)) for name in sample.starred_by])
    first = store.number("SELECT max(id) FROM version") + 1
    holdings = [_Holding(number, release) for number, release in enumerate((Release(version=DRAFT), *sample.releases), first)]
    _add_assets(store, sample, holdings)
    for holding in holdings:
        _add_version(store, sample, record, holding)


def _user(store: Store, username: str) -> int:
    user = users.by_username(store, username)
    if user is None:
        raise ValueError(f"nobody is called {username}")
    return user.id


def _stamp(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _published(version: str) -> str:
    _, day, time = version.split(".")
    return f"20{day[:2]}-{day[2:4]}-{day[4:]}T{time[:2]}:{time[2:]}:00Z"


def _add_assets(store: Store, sample: SampleDandiset, holdings: list[_Holding]) -> None:
    batch: list[_Placed] = []
    for placed in _placed(store, sample, holdings):
        batch.append(placed)
        if len(batch) == _BATCH:
            _write(store, sample.identifier, batch, holdings)
            batch.clear()
    _write(store, sample.identifier, batch, holdings)


def _write(store: Store, dandiset: str, batch: list[_Placed], holdings: list[_Holding]) -> None:
    store.insert("asset", (placed.row for placed in batch))
    store.insert("event", (placed.event for placed in batch))
    store.insert("fact", {(kind, value, dandiset, placed.number) for placed in batch for kind, value in placed.facts})
    for holding in holdings:
        held = ((holding.number, one.path, one.path.rpartition("/")[0], one.number) for one in batch if holding.holds(one.path))
        store.insert("held", held)


def _placed(store: Store, sample: SampleDandiset, holdings: list[_Holding]) -> Iterator[_Placed]:
    stamp = _stamp(sample.modified)
    published = [(release, _published(release.version)) for release in sample.releases]
    for number, file in enumerate(sample.files, store.number("SELECT max(id) FROM asset") + 1):
        if asset_paths.fault(file.path) or asset_paths.too_long(file.path):
            raise ValueError(f"not a path of an asset: {file.path!r}")
        blob, zarr, size = _content(store, sample, file)
        sent = {**file.metadata, "schemaKey": "Asset", "schemaVersion": metadata.SCHEMA}
        first = next(((release, time) for release, time in published if release.paths is None or file.path in release.paths), None)
        if first:
            time = metadata.stamp(first[1])
            sent |= {"datePublished": time, "publishedBy": metadata.publish_activity(f"{sample.identifier}/{first[0].version}", time)}
        for holding in holdings:
            if holding.holds(file.path):
                holding.tally.add(file.path, size, file.metadata)
        asset_id = metadata.identifier_of(sample.identifier, file.path)
        errors = _problems(file.errors)
        document = msgspec.json.encode(sent)
        row: tuple[Value, ...] = (
            number, asset_id, sample.identifier, file.path, blob, zarr, size, stamp, stamp,
            "Invalid" if file.errors else "Valid", document, errors,
        )  # fmt: skip
        event: tuple[Value, ...] = (None, stamp, events.ADDED, sample.identifier, file.path, size, asset_id, _checksum(store, blob, zarr), blob, zarr)
        yield _Placed(number, file.path, size, row, event, tuple(facts.of_metadata(file.metadata)))


def _checksum(store: Store, blob: str | None, zarr: str | None) -> str | None:
    if blob:
        found = blobs.get(store, blob)
        return found.etag if found else None
    made = zarrs.get(store, zarr or "")
    return made.checksum if made else None


def _problems(errors: tuple[tuple[str, str], ...]) -> bytes:
    return msgspec.json.encode([{"field": field, "message": words} for field, words in errors])


def _content(store: Store, sample: SampleDandiset, file: SampleFile) -> tuple[str | None, str | None, int]:
    """Blob, Zarr and size in bytes of a file, whose bytes are moved into the store."""
    name = metadata.identifier_of(sample.identifier, file.path, "content")
    if file.source is None:
        etag = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest() + "-1"
        store.insert("blob", [(name, etag, hashlib.sha256(name.encode()).hexdigest(), file.size)])
        return name, None, file.size
    if file.is_zarr:
        return None, name, _add_zarr(store, name, sample, file.path, file.source)
    found = digests.of_file(file.source)
    if same := blobs.same(store, found.etag, found.size):
        file.source.unlink()
        return same.blob_id, None, found.size
    place = store.blob_path(name)
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(file.source, place)
    store.insert("blob", [(name, found.etag, found.sha256, found.size)])
    return name, None, found.size


def _add_zarr(store: Store, zarr_id: str, sample: SampleDandiset, path: str, source: Path) -> int:
    place = store.zarr_path(zarr_id)
    # What a start that was interrupted left behind.
    with suppress(FileNotFoundError):
        shutil.rmtree(place)
    shutil.move(source, place)
    files: dict[str, tuple[str, int]] = {}
    for file in sorted(one for one in place.rglob("*") if one.is_file()):
        content = file.read_bytes()
        files[file.relative_to(place).as_posix()] = (hashlib.md5(content, usedforsecurity=False).hexdigest(), len(content))
    stamp = sample.modified.strftime("%Y-%m-%d %H:%M:%S+00:00")
    store.insert("zarr_file", [(zarr_id, key, size, md5, stamp) for key, (md5, size) in files.items()])
    size = sum(size for _, size in files.values())
    store.insert("zarr", [(zarr_id, path, sample.identifier, "Complete", digests.of_zarr(files), len(files), size)])
    return size


def _add_version(store: Store, sample: SampleDandiset, dandiset: Dandiset, holding: _Holding) -> None:
    release, tally = holding.release, holding.tally
    draft = release.version == DRAFT
    time = _stamp(sample.modified) if draft else _published(release.version)
    errors = ([{"field": field, "message": words} for field, words in sample.errors] or ([] if tally.size else [_EMPTY])) if draft else []
    version = Version(
        holding.number, sample.identifier, release.version, str(sample.metadata["name"]), _state(sample, draft=draft, valid=not errors),
        dandiset.created if draft else time, time, "" if draft else release.notes, metadata.contact(sample.metadata), tally.files, tally.size,
    )  # fmt: skip
    sent: dict[str, Any] = {
        **sample.metadata,
        "schemaVersion": metadata.SCHEMA,
        "assetsSummary": {**sample.metadata.get("assetsSummary", {}), **tally.summary()},
    }
    words = folded(msgspec.json.encode(metadata.of_version(sent, version, dandiset, "", "")).decode())
    row = (*msgspec.structs.astuple(version), msgspec.json.encode(sent), msgspec.json.encode(errors), words, 1)
    store.insert("version", [row])
    store.insert("folder", [(holding.number, path, path.rpartition("/")[0], files, size) for path, (files, size) in tally.folders.items()])


def _state(sample: SampleDandiset, *, draft: bool, valid: bool) -> str:
    if not valid:
        return "Invalid"
    unchanged = bool(sample.releases) and sample.releases[-1].paths is None
    return "Published" if draft and unchanged else "Valid"
