"""Putting content into the embedded archive, with all that the real server computes when it is uploaded and published."""

from __future__ import annotations

import hashlib
import json
import shutil
import uuid
from typing import TYPE_CHECKING, Any

from dandi_tui.demo.content import Release, SampleDandiset, SampleFile
from dandi_tui.demo.store import Store, etag_of, folded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

CONTEXT = "https://raw.githubusercontent.com/dandi/schema/master/releases/0.7.0/context.json"
USERS = (
    ("demo", "Demo User", "demo@example.org", 0, "APPROVED", "d" * 40),
    ("alice", "Alice Doe", "alice@example.org", 0, "APPROVED", "a" * 40),
    ("admin", "Ada Admin", "admin@example.org", 1, "APPROVED", "b" * 40),
    ("pending", "Penny Pending", "pending@example.org", 0, "PENDING", "c" * 40),
    ("incomplete", "Ingo Incomplete", "incomplete@example.org", 0, "INCOMPLETE", "e" * 40),
    ("rejected", "Rita Rejected", "rejected@example.org", 0, "REJECTED", "f" * 40),
)
_SPACE = uuid.UUID("4f1b9c0e-5a47-4a6e-9a57-0f3c7d2b8e11")


def fill_users(store: Store) -> None:
    """Makes a user of each kind."""
    store.db.executemany("INSERT OR IGNORE INTO user VALUES (?,?,?,?,?,?)", USERS)


def fill(store: Store, dandiset: SampleDandiset, *, web_url: str) -> None:
    """Puts a Dandiset in: its files, its draft and its published versions."""
    store.db.execute("BEGIN")
    created, modified = _stamp(dandiset.created), _stamp(dandiset.modified)
    status = "EMBARGOED" if dandiset.embargoed else "OPEN"
    store.db.execute("INSERT INTO dandiset VALUES (?,?,?,?)", (dandiset.identifier, created, modified, status))
    store.db.executemany("INSERT INTO owner VALUES (?,?)", [(dandiset.identifier, name) for name in dandiset.owners])
    for name in dandiset.starred_by:
        store.db.execute("INSERT INTO star (dandiset, username) VALUES (?,?)", (dandiset.identifier, name))
    rows = list(_asset_rows(store, dandiset))
    for release in (Release(version="draft"), *dandiset.releases):
        _add_version(store, dandiset, release, rows, web_url=web_url)
    store.db.execute("COMMIT")


def _stamp(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _identifier(*names: str) -> str:
    """A version-4 UUID that is always the same for the same names."""
    digest = uuid.uuid5(_SPACE, "/".join(names)).bytes
    return str(uuid.UUID(bytes=digest, version=4))


def _asset_rows(store: Store, dandiset: SampleDandiset) -> Iterator[tuple[str, int, int]]:
    """Adds the assets; gives path, size and row number of each."""
    count = store.db.execute("SELECT COALESCE(MAX(id), 0) FROM asset").fetchone()[0]
    rows = []
    stamp = _stamp(dandiset.modified)
    for number, file in enumerate(dandiset.files, count + 1):
        asset = _identifier(dandiset.identifier, file.path)
        blob, zarr, size, digest = _content(store, dandiset, file)
        metadata = _asset_metadata(file, asset, size, digest, embargoed=dandiset.embargoed)
        errors = json.dumps([{"field": field, "message": words} for field, words in file.errors])
        state = "Invalid" if file.errors else "Valid"
        document = json.dumps(metadata, ensure_ascii=False)
        rows.append((number, asset, file.path, blob, zarr, size, stamp, stamp, document, state, errors))
        yield file.path, size, number
    store.db.executemany("INSERT INTO asset VALUES (?,?,?,?,?,?,?,?,?,?,?)", rows)


def _content(store: Store, dandiset: SampleDandiset, file: SampleFile) -> tuple[str | None, str | None, int, dict[str, str]]:
    name = _identifier(dandiset.identifier, file.path, "content")
    if file.is_zarr and file.source:
        checksum, size = _add_zarr(store, name, dandiset, file.path, file.source)
        return None, name, size, {"dandi:dandi-zarr-checksum": checksum}
    if file.source is None:
        etag, sha256, size = f"{hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()}-1", "0" * 64, file.size
    else:
        etag, sha256, size = etag_of(file.source)
        place = store.blob_path(name)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(file.source, place)
    store.db.execute("INSERT INTO blob VALUES (?,?,?,?)", (name, etag, sha256, size))
    return name, None, size, {"dandi:dandi-etag": etag, "dandi:sha2-256": sha256}


def _add_zarr(store: Store, name: str, dandiset: SampleDandiset, path: str, source: Path) -> tuple[str, int]:
    place = store.zarr_path(name)
    shutil.move(source, place)
    files: dict[str, tuple[str, int]] = {}
    for file in sorted(place.rglob("*")):
        if file.is_file():
            content = file.read_bytes()
            key = file.relative_to(place).as_posix()
            files[key] = (hashlib.md5(content, usedforsecurity=False).hexdigest(), len(content))
    stamp = dandiset.modified.strftime("%Y-%m-%d %H:%M:%S+00:00")
    store.db.executemany("INSERT INTO zarr_file VALUES (?,?,?,?,?)", [(name, key, size, md5, stamp) for key, (md5, size) in files.items()])
    checksum = zarr_checksum(files)
    size = sum(size for _, size in files.values())
    row = (name, path, dandiset.identifier, "Complete", checksum, len(files), size)
    store.db.execute("INSERT INTO zarr VALUES (?,?,?,?,?,?,?)", row)
    return checksum, size


def zarr_checksum(files: dict[str, tuple[str, int]]) -> str:
    """The checksum of a Zarr tree, `MD5-files--bytes`, from MD5 and size of each file by its key."""
    direct: list[dict[str, Any]] = []
    below: dict[str, dict[str, tuple[str, int]]] = {}
    for key, (md5, size) in files.items():
        head, _, tail = key.partition("/")
        if tail:
            below.setdefault(head, {})[tail] = (md5, size)
        else:
            direct.append({"digest": md5, "name": head, "size": size})
    folders: list[dict[str, Any]] = []
    for name, inside in below.items():
        digest = zarr_checksum(inside)
        folders.append({"digest": digest, "name": name, "size": sum(size for _, size in inside.values())})
    listing = {
        "directories": sorted(folders, key=_name),
        "files": sorted(direct, key=_name),
    }
    md5 = hashlib.md5(json.dumps(listing, separators=(",", ":")).encode(), usedforsecurity=False).hexdigest()
    return f"{md5}-{len(files)}--{sum(size for _, size in files.values())}"


def _name(entry: dict[str, Any]) -> str:
    return str(entry["name"])


def _asset_metadata(file: SampleFile, asset: str, size: int, digest: dict[str, str], *, embargoed: bool) -> dict[str, Any]:
    access = "dandi:EmbargoedAccess" if embargoed else "dandi:OpenAccess"
    return {
        **file.metadata,
        "id": f"dandiasset:{asset}",
        "identifier": asset,
        "path": file.path,
        "access": [{"schemaKey": "AccessRequirements", "status": access}],
        "digest": digest,
        "contentSize": size,
        "@context": CONTEXT,
        "schemaKey": "Asset",
        "schemaVersion": "0.7.0",
    }


def _add_version(store: Store, dandiset: SampleDandiset, release: Release, rows: list[tuple[str, int, int]], *, web_url: str) -> None:
    held = [row for row in rows if release.paths is None or row[0] in release.paths]
    draft = release.version == "draft"
    stamp = _stamp(dandiset.modified) if draft else _published(release.version)
    metadata = _version_metadata(dandiset, release, held, web_url=web_url, stamp=stamp)
    problems = [{"field": field, "message": words} for field, words in dandiset.errors] if draft else []
    if not held:
        problems.append({"field": "assetsSummary", "message": "A Dandiset containing no files or zero bytes is not publishable"})
    number = store.db.execute("SELECT COALESCE(MAX(id), 0) + 1 FROM version").fetchone()[0]
    latest = bool(dandiset.releases) and dandiset.releases[-1].paths is None
    state = "Invalid" if problems else "Published" if draft and latest else "Valid"
    text = json.dumps(metadata, ensure_ascii=False)
    store.db.execute(
        "INSERT INTO version VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            number, dandiset.identifier, release.version, dandiset.metadata["name"], state,
            _stamp(dandiset.created) if draft else stamp, stamp, release.notes, text, folded(text), json.dumps(problems),
            len(held), sum(size for _, size, _ in held),
        ),
    )  # fmt: skip
    store.db.executemany("INSERT INTO held VALUES (?,?,?,?)", [(number, path, path.rpartition("/")[0], asset) for path, _, asset in held])
    folders: dict[str, list[int]] = {}
    for path, size, _ in held:
        while path := path.rpartition("/")[0]:
            total = folders.setdefault(path, [0, 0])
            total[0] += 1
            total[1] += size
    store.db.executemany(
        "INSERT INTO folder VALUES (?,?,?,?,?)",
        [(number, path, path.rpartition("/")[0], files, size) for path, (files, size) in folders.items()],
    )


def _published(version: str) -> str:
    _, day, time = version.split(".")
    return f"20{day[:2]}-{day[2:4]}-{day[4:]}T{time[:2]}:{time[2:]}:00Z"


def _version_metadata(dandiset: SampleDandiset, release: Release, held: list[tuple[str, int, int]], *, web_url: str, stamp: str) -> dict[str, Any]:
    draft = release.version == "draft"
    address = f"{web_url}/dandiset/{dandiset.identifier}/{release.version}"
    doi = f"10.80507/dandi.{dandiset.identifier}/{release.version}"
    authors = "; ".join(person["name"] for person in dandiset.metadata["contributor"] if person.get("includeInCitation"))
    link = address if draft else f"https://doi.org/{doi}"
    summary = {
        "schemaKey": "AssetsSummary",
        "numberOfBytes": sum(size for _, size, _ in held),
        "numberOfFiles": len(held),
        **dandiset.metadata.get("assetsSummary", {}),
    }
    access: dict[str, Any] = {"schemaKey": "AccessRequirements", "status": "dandi:OpenAccess"}
    if dandiset.embargoed:
        access |= {"status": "dandi:EmbargoedAccess", "embargoedUntil": "2028-06-30"}
    found = {
        **dandiset.metadata,
        "@context": CONTEXT,
        "id": f"DANDI:{dandiset.identifier}/{release.version}",
        "identifier": f"DANDI:{dandiset.identifier}",
        "url": address,
        "version": release.version,
        "schemaKey": "Dandiset",
        "schemaVersion": "0.7.0",
        "repository": web_url,
        "access": [access],
        "assetsSummary": summary,
        "dateCreated": _stamp(dandiset.created),
        "citation": f"{authors} ({stamp[:4]}) {dandiset.metadata['name']} (Version {release.version}) [Data set]. DANDI Archive. {link}",
        "manifestLocation": [f"{web_url}/manifests/{dandiset.identifier}/{release.version}/assets.yaml"],
    }
    if not draft:
        found |= {"doi": doi, "datePublished": stamp, "releaseNotes": release.notes}
    return found
