"""What assets are searched by: file types, species, genotypes, techniques, sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dandi_tui.demo.store import Store

FILE_TYPE, SPECIES, GENOTYPE, TECHNIQUE = "file_type", "species", "genotype", "measurement_technique"
FILE_TYPES = ("application/x-nwb", "image/", "text/", "video/")


def of_metadata(metadata: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The facts in an asset's metadata, as pairs of kind and value."""
    if kind := metadata.get("encodingFormat"):
        yield FILE_TYPE, str(kind)
    for participant in objects(metadata.get("wasAttributedTo")):
        for species in objects([participant.get("species")]):
            if name := species.get("name"):
                yield SPECIES, str(name)
        if genotype := participant.get("genotype"):
            yield GENOTYPE, str(genotype)
    for technique in objects(metadata.get("measurementTechnique")):
        if name := technique.get("name"):
            yield TECHNIQUE, str(name)


def objects(value: object) -> Iterator[dict[str, Any]]:
    """The objects in a list of metadata. What was sent is not checked before it is stored: anything may stand there."""
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, dict))


def counts(store: Store, kind: str, values: list[str]) -> dict[str, int]:
    """How many assets of each open Dandiset have one of some values; file types are starts of MIME types."""
    test = "f.value LIKE ? || '%'" if kind == FILE_TYPE else "f.value = ?"
    query = f"SELECT f.dandiset, count(DISTINCT f.asset) FROM fact f WHERE f.kind = ? AND ({' OR '.join([test] * len(values))}) GROUP BY 1"  # noqa: S608
    return dict(store.rows(query, kind, *values))


def size_counts(store: Store, least: int | None, most: int | None) -> dict[str, int]:
    """How many assets of each Dandiset have a size (in bytes) in a span."""
    query = (
        "SELECT a.dandiset, count(DISTINCT a.id) FROM asset a WHERE a.size BETWEEN ? AND ?"
        " AND EXISTS (SELECT 1 FROM version v JOIN held h ON h.version = v.id AND h.path = a.path AND h.asset = a.id WHERE v.dandiset = a.dandiset)"
        " GROUP BY 1"
    )
    return dict(store.rows(query, least or 0, 2**62 if most is None else most))


def values(store: Store, kind: str, part: str) -> list[str]:
    """The values of a kind that occur in open Dandisets and have a text in them, sorted."""
    query = (
        "SELECT DISTINCT f.value FROM fact f JOIN dandiset d ON d.identifier = f.dandiset"
        " WHERE f.kind = ? AND d.embargo_status = 'OPEN' AND instr(lower(f.value), lower(?)) ORDER BY 1"
    )
    return [row[0] for row in store.rows(query, kind, part)]
