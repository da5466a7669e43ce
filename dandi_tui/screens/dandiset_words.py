"""What a Dandiset's page says: its head in four lines, and all of it at length."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dandi_tui.api.facts import dandiset_facts
from dandi_tui.screens.preview import labelled
from dandi_tui.text import ago, clip, number, plural, safe, safe_lines, size, wrap
from dandi_tui.widgets.line import Line, Piece, spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dandi_tui.api.models import VersionInfo
    from dandi_tui.api.summary import DandisetSummary
    from dandi_tui.widgets.look import Signs

_PEOPLE_IN_HEAD = 3
_ACCESS = {"OPEN": "open", "EMBARGOED": "embargoed", "UNEMBARGOING": "being unembargoed"}


def head_lines(info: VersionInfo, summary: DandisetSummary, signs: Signs, cells: int) -> list[Line]:
    """Name; people, licence, access; what it is; when, DOI, problems."""
    problems = count_problems(info)
    state = f"{plural(problems, 'problem')} (v)" if problems else info.status.lower()
    rights = [*summary.licenses, _ACCESS[info.dandiset.embargo_status]]
    kinds = filter(None, [", ".join(summary.species), ", ".join(one.replace(" approach", "") for one in summary.approaches)])
    counts = [plural(summary.subjects, "subject")] if summary.subjects else []
    counts += [plural(info.asset_count, "file"), size(info.size)]
    dates = [f"changed {ago(info.modified)}"] if info.is_draft else [f"published {ago(info.created)}"]
    dates += [f"doi:{summary.doi}"] if summary.doi else []
    return [
        (Piece(" " + clip(safe(info.name), cells - 2), "title"),),
        _two(_first_people(summary.people, signs), " · ".join(rights), cells),
        _two(" · ".join(kinds), " · ".join(counts), cells),
        _two(" · ".join(dates), state, cells, style="bad" if problems else "dim"),
    ]


def count_problems(info: VersionInfo) -> int:
    """How many problems the archive names."""
    return len(info.version_validation_errors) + len(info.asset_validation_errors)


def _first_people(people: Sequence[str], signs: Signs) -> str:
    more = len(people) - _PEOPLE_IN_HEAD
    return "; ".join([*people[:_PEOPLE_IN_HEAD], *([f"{signs.ellipsis} {more} more"] if more > 0 else [])])


def _two(left: str, right: str, cells: int, *, style: str = "dim") -> Line:
    tail = clip(safe(right), cells // 2)
    return spread([Piece(" " + safe(left), "")], [Piece(tail + " ", style)], cells)


def about_lines(info: VersionInfo, owners: str, cells: int) -> list[Line]:
    """All that is known of a version: name, description, and every fact by its name.

    Args:
        info: The version.
        owners: Their names, or why they are not known.
        cells: The width.
    """
    description = info.metadata.get("description")
    lines: list[Line] = [(Piece(" " + part, "title"),) for part in wrap(safe(info.name), max(10, cells - 2))]
    lines += [(), *_described(description if isinstance(description, str) else "", cells)]
    facts = [*_archive_facts(info), ("owners", owners), *dandiset_facts(info.metadata)]
    return [*lines, (), *((Piece(" "), *line) for line in labelled(facts, cells - 2))]


def _described(words: str, cells: int) -> list[Line]:
    lines: list[Line] = []
    for line in safe_lines(words):
        text, style = (line.lstrip("# "), "title") if line.startswith("#") else (line, "")
        lines += [tuple(_emphasised(" " + part, style)) for part in (wrap(text, max(10, cells - 2)) if text.strip() else [""])]
    return lines


def _emphasised(text: str, style: str) -> list[Piece]:
    """Text whose parts between pairs of `**` stand out, as Markdown has it; a single `**` is only itself."""
    parts = text.split("**")
    if len(parts) % 2 == 0:
        return [Piece(text, style)]
    return [Piece(part, "bold" if at % 2 else style) for at, part in enumerate(parts) if part]


def _archive_facts(info: VersionInfo) -> list[tuple[str, str]]:
    problems = count_problems(info)
    stars = info.dandiset.star_count
    return [
        ("identifier", f"DANDI:{info.dandiset.identifier}{'' if info.is_draft else '/' + info.version}"),
        ("version", info.version),
        ("status", info.status.lower() + (f", {plural(problems, 'problem')} (v)" if problems else "")),
        ("files", f"{number(info.asset_count)}, {size(info.size)}"),
        ("registered", ago(info.dandiset.created)),
        ("changed" if info.is_draft else "published", ago(info.modified if info.is_draft else info.created)),
        ("notes", info.release_notes or ""),
        ("uploads", f"{plural(info.active_uploads, 'upload')} not finished" if info.active_uploads else ""),
        ("stars", number(stars) + (", one of them yours" if info.dandiset.is_starred else "") if stars else ""),
    ]


def owner_words(owners: Sequence[str] | None, fault: str) -> str:
    """The owners' names; what is known of them where those are not there."""
    if fault or owners is None:
        return fault or "asking the archive…"
    return ", ".join(owners) or "nobody"
