"""What stands beside a list where the terminal is wide enough: the thing under the cursor, told in short."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dandi_tui.api.summary import DandisetSummary, asset_facts
from dandi_tui.text import ago, clip, number, pad, plural, safe, safe_lines, size, width, wrap
from dandi_tui.widgets.line import Line, Piece

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dandi_tui.api.models import Asset, Dandiset
    from dandi_tui.widgets.tree_model import TreeEntry

_NAME = 11
_WIDEST_NAME = 26
_NARROW = 70
"""Cells below which long names give way to what is said of them."""


def labelled(facts: Iterable[tuple[str, str]], cells: int) -> list[Line]:
    """Facts one below the other, each wrapped beside its name; those without words are left out."""
    told = [(safe(name), words) for name, words in facts if words]
    widest = _WIDEST_NAME if cells >= _NARROW else 20
    gap = min(widest, max([_NAME - 1, *(width(name) for name, _ in told)])) + 1
    lines: list[Line] = []
    for name, words in told:
        parts = wrap(safe(words), max(8, cells - gap - 1)) or [""]
        lines.append((Piece(pad(clip(name, gap - 1), gap), "dim"), Piece(parts[0])))
        lines += [(Piece(" " * gap), Piece(part)) for part in parts[1:]]
    return lines


def in_full(words: str, remedy: str, cells: int, height: int) -> list[Line]:
    """What a row says, in full, and below it how to mend that; the remedy keeps its place where there is too little for both."""
    told = wrap(safe(words), max(10, cells - 2))
    mends = wrap(safe(remedy), max(10, cells - 4)) if remedy else []
    told = told[: max(1, height - len(mends))]
    lines: list[Line] = [(Piece(" " + part),) for part in told]
    lines += [(Piece(f" {' ' if at else '→'} {part}", "dim"),) for at, part in enumerate(mends)]
    return lines[:height]


def _paragraph(words: str, cells: int, most: int) -> list[Line]:
    lines = [part for line in safe_lines(words) for part in wrap(line, max(8, cells - 1))]
    return [(Piece(line),) for line in lines[:most]]


def dandiset_lines(one: Dandiset, summary: DandisetSummary | None, cells: int) -> list[Line]:
    """A Dandiset as the list has it, and more once its metadata is there."""
    version = one.shown
    facts = [
        ("version", version.version if version else ""),
        ("status", version.status.lower() if version else ""),
        ("access", one.embargo_status.lower()),
        ("files", f"{number(version.asset_count)}, {size(version.size)}" if version else ""),
        ("contact", one.contact_person or ""),
        ("modified", ago(version.modified) if version else ""),
        ("created", ago(one.created)),
        ("stars", number(one.star_count) if one.star_count else ""),
    ]
    title: list[Line] = [(Piece(line, "title"),) for line in wrap(safe(version.name if version else one.identifier), max(8, cells - 1))]
    lines = [*title, (), *labelled(facts, cells)]
    if summary is None:
        return lines
    more = [
        ("species", ", ".join(summary.species)),
        ("approach", ", ".join(summary.approaches)),
        ("technique", ", ".join(summary.techniques)),
        ("variables", ", ".join(summary.variables)),
        ("subjects", number(summary.subjects) if summary.subjects else ""),
        ("licence", ", ".join(summary.licenses)),
        ("people", "; ".join(summary.people[:8])),
        ("doi", summary.doi),
    ]
    return [*lines, *labelled(more, cells), (), *_paragraph(summary.description, cells, 40)]


def entry_lines(entry: TreeEntry, asset: Asset | None, cells: int) -> list[Line]:
    """A folder or a file of the tree; a file's metadata once it is there."""
    title: list[Line] = [(Piece(line, "title"),) for line in wrap(safe(entry.name), max(8, cells - 1))]
    if entry.is_folder:
        facts = [("folder", entry.path), ("files", plural(entry.files, "file") if entry.files else ""), ("size", size(entry.size))]
        return [*title, (), *labelled(facts, cells)]
    facts = [("path", entry.path), ("size", f"{size(entry.size)} ({number(entry.size)} bytes)")]
    if asset is not None:
        facts += [("created", ago(asset.created)), ("modified", ago(asset.modified)), *asset_facts(asset.metadata or {}), ("asset", asset.asset_id)]
    return [*title, (), *labelled(facts, cells)]
