"""Zarr stores, formats 2 and 3: structure from the metadata documents, wherever these come from.

Layouts are those of the Zarr storage specification, version 2, and of the Zarr core specification, version 3; links are those of
hdmf-zarr (`zarr_link`) and of LINDI (`_SOFT_LINK`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dandi_tui.nwb.model import Attribute, Described, FileError, Listed
from dandi_tui.nwb.words import value_words
from dandi_tui.nwb.zarr_values import ZarrArray, lengths_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dandi_tui.nwb.zarr_keys import Keys

_DEEPEST = 64
_MARKERS = (".zgroup", ".zarray", "zarr.json", ".zmetadata")


def is_store(path: Path) -> bool:
    """Whether a folder is a Zarr store."""
    return path.is_dir() and any((path / name).is_file() for name in _MARKERS)


class ZarrStore:
    """A store's objects.

    Args:
        source: Its folder, or where else its documents and chunks come from.
    """

    def __init__(self, source: Keys | Path) -> None:
        from dandi_tui.nwb.zarr_keys import Keys, LocalKeys

        self.keys = source if isinstance(source, Keys) else LocalKeys(source)

    def attributes(self, path: str) -> dict[str, Any]:
        """The attributes of a place; those that only say how it is stored too.

        Raises:
            FileError: They can't be read.
        """
        third = self.keys.document(path, "zarr.json")
        found = (third or {}).get("attributes", {}) if third is not None else self.keys.document(path, ".zattrs")
        return found if isinstance(found, dict) else {}

    def listed(self, path: str) -> Listed:
        """A place by its documents; `unreadable` with its reason where these are broken."""
        try:
            return self._listed(path)
        except FileError as error:
            return Listed(path=path, kind="unreadable", reason=str(error))

    def _listed(self, path: str) -> Listed:
        third, array = self.keys.document(path, "zarr.json"), self.keys.document(path, ".zarray")
        attributes = self.attributes(path)
        names: dict[str, Any] = {
            "path": path,
            "neurodata_type": _text(attributes.get("neurodata_type")),
            "namespace": _text(attributes.get("namespace")),
            "attributes": len(attributes),
        }
        if (target := soft_target(attributes)) is not None:
            return Listed(path=path, kind="link", link="soft", target=target)
        if third is not None:
            return _third(third, names)
        if array is not None:
            return Listed(
                kind="dataset",
                shape=lengths_of(array.get("shape"), "shape"),
                dtype=str(array.get("dtype"))[:200],
                chunks=lengths_of(array.get("chunks"), "chunks"),
                compression=_codec(array.get("compressor")),
                **names,
            )
        if self.keys.document(path, ".zgroup") is None:
            raise FileError("it has no metadata document")
        return Listed(kind="group", **names)

    # Objects

    def walk(self, path: str = "/", *, depth: int | None = None) -> Iterator[Listed]:
        """All objects below a path, depth first by name, with links where they stand.

        Raises:
            FileError: There is no such path.
        """
        if not self.keys.has(path):
            raise FileError(f"there is no {path} in this store")
        if self.listed(path).kind == "dataset":
            yield self.listed(path)
            return
        yield from self._below(path, 1, depth)

    def _below(self, path: str, level: int, depth: int | None) -> Iterator[Listed]:
        members: dict[str, Listed] = {one.name: one for one in self.links(path)}
        try:
            names = self.keys.names(path)
        except FileError as error:
            yield Listed(path=f"{path.rstrip('/')}/…", kind="unreadable", reason=str(error))
            return
        for name in names:
            members[name] = self.listed(f"{path.rstrip('/')}/{name}")
        known = set(names)
        for name in sorted(members):
            one = members[name]
            yield one
            if one.kind in {"group", "unreadable"} and name in known and (depth is None or level < depth) and level < _DEEPEST:
                yield from self._below(one.path, level + 1, depth)

    def links(self, path: str) -> Iterator[Listed]:
        """The links that a group's attributes hold."""
        try:
            found = self.attributes(path).get("zarr_link")
        except FileError:
            return
        for one in found if isinstance(found, list) else []:
            if isinstance(one, dict) and isinstance(one.get("name"), str):
                target, source = str(one.get("path"))[:1000], str(one.get("source"))[:1000]
                yield Listed(path=f"{path.rstrip('/')}/{one['name']}", kind="link", link="zarr_link", target=target, file=source)

    def describe(self, path: str) -> Described:
        """A place with its attributes."""
        found = [Attribute(name, type(value).__name__, value_words(value, referred)) for name, value in list(self.attributes(path).items())[:1000]]
        return Described(listed=self.listed(path), attributes=found)

    def values(self, path: str, start: int, stop: int) -> Any:  # noqa: ANN401 (an array)
        """Rows of an array as they are stored; a scalar as an array of one.

        Raises:
            FileError: There is none, or they can't be decoded.
        """
        found = self.array(path)
        return found.read(slice(start, stop)) if found.shape else found.read(()).reshape(-1)

    def texts(self, path: str, most: int) -> list[str]:
        """The first values of an array, in words.

        Raises:
            FileError: There is none, or they can't be decoded.
        """
        return [value_words(value, referred) for value in self.values(path, 0, most).reshape(-1)[:most]]

    def array(self, path: str) -> ZarrArray:
        """The array at a path.

        Raises:
            FileError: There is none that can be read.
        """
        third, second = self.keys.document(path, "zarr.json"), self.keys.document(path, ".zarray")
        document = second if third is None else third if third.get("node_type") == "array" else None
        if document is None:
            raise FileError(f"{path} has no values")
        return ZarrArray(self.keys, path, document)


def soft_target(attributes: dict[str, Any]) -> str | None:
    """Where LINDI's soft link leads to; None where the attributes are none."""
    found = attributes.get("_SOFT_LINK")
    return found["path"] if isinstance(found, dict) and isinstance(found.get("path"), str) else None


def referred_path(value: Any) -> str | None:  # noqa: ANN401 (any JSON)
    """The path that a reference of hdmf-zarr or LINDI leads to; None where the value is none."""
    if isinstance(value, dict) and isinstance(value.get("_REFERENCE"), dict):
        value = value["_REFERENCE"]
    elif isinstance(value, dict) and value.get("zarr_dtype") == "object" and isinstance(value.get("value"), dict):
        value = value["value"]
    if not isinstance(value, dict) or not isinstance(value.get("path"), str) or "source" not in value:
        return None
    return str(value["path"])


def referred(value: Any) -> str | None:  # noqa: ANN401
    """Words for a reference."""
    path = referred_path(value)
    return None if path is None else f"→ {path}"


def _third(document: dict[str, Any], names: dict[str, Any]) -> Listed:
    kind = document.get("node_type")
    if kind == "group":
        return Listed(kind="group", **names)
    if kind != "array":
        raise FileError(f"node_type {kind}"[:200])
    if "shape" not in document or "data_type" not in document:
        raise FileError("array without shape and data_type")
    grid = document.get("chunk_grid")
    configuration = grid.get("configuration") if isinstance(grid, dict) else None
    chunks = configuration.get("chunk_shape") if isinstance(configuration, dict) else None
    compression = _codecs_words(document.get("codecs")) or None
    kept = lengths_of(chunks, "chunks") if chunks is not None else None
    return Listed(
        kind="dataset", shape=lengths_of(document["shape"], "shape"), dtype=str(document["data_type"])[:200], chunks=kept, compression=compression, **names
    )


def _codecs_words(codecs: Any, depth: int = 0) -> str:  # noqa: ANN401
    """The codecs of format 3 but `bytes`; of shards, how large their parts are and what these are packed in."""
    words = []
    for one in codecs if isinstance(codecs, list) and depth < 4 else ():
        name = _codec(one)
        options = one.get("configuration") if name == "sharding_indexed" else None
        if isinstance(options, dict):
            parts = options.get("chunk_shape")
            size = " × ".join(map(str, lengths_of(parts, "parts"))) if isinstance(parts, list) else "unknown size"
            name = f"sharding_indexed: parts of {size} {_codecs_words(options.get('codecs'), depth + 1)}".rstrip()
        if name and name != "bytes":
            words.append(name)
    return ", ".join(words)[:200]


def _codec(configured: Any) -> str | None:  # noqa: ANN401
    if not isinstance(configured, dict):
        return None
    found = configured.get("id") or configured.get("name")
    return str(found)[:60] if found else None


def _text(found: Any) -> str | None:  # noqa: ANN401
    return found if isinstance(found, str) and 0 < len(found) <= 256 else None
