"""How to cite a version of a Dandiset: as text, BibTeX, RIS, CSL-JSON, or in the styles of journals. Pure."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from dandi_tui.api.citation_facts import Facts, facts_of
from dandi_tui.api.citation_styles import STYLES

FORMATS = ("text", "bibtex", "ris", "csl", *STYLES)
_SPECIAL = re.compile(r"[\\{}&%$#_~^]")
_BIBTEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


def cite_as(metadata: dict[str, Any], form: str) -> str:
    """A version's citation.

    Args:
        metadata: The version's metadata.
        form: One of `FORMATS`.
    """
    facts = facts_of(metadata)
    if form in STYLES:
        return STYLES[form](facts)
    if form == "bibtex":
        return _bibtex(facts)
    if form == "ris":
        return _ris(facts)
    if form == "csl":
        return _csl(facts)
    given = metadata.get("citation")
    return given if isinstance(given, str) and given else f"{'; '.join(facts.authors)} ({facts.year}) {facts.name}. {facts.url}"


def escaped(text: str) -> str:
    """Text for BibTeX: its special signs as commands, so that braces stay balanced."""
    return _SPECIAL.sub(lambda match: _BIBTEX.get(match[0], "\\" + match[0]), text)


def _bibtex(facts: Facts) -> str:
    # Escaped braces still count as braces to BibTeX: they are dropped from names.
    plain = {name: value.replace("{", "(").replace("}", ")") for name, value in (("title", facts.name), ("author", " and ".join(facts.authors)))}
    fields = {**plain, "year": facts.year, "version": facts.version, "publisher": "DANDI Archive", "doi": facts.doi, "url": facts.url}
    lines = [f"  {name} = {{{value if name in {'doi', 'url'} else escaped(value)}}}" for name, value in fields.items() if value]
    return f"@dataset{{dandi_{facts.identifier}_{facts.version},\n" + ",\n".join(lines) + "\n}"


def _ris(facts: Facts) -> str:
    pairs = [("TY", "DATA"), *[("AU", name) for name in facts.authors], ("TI", facts.name), ("PY", facts.year)]
    pairs += [("ET", facts.version), ("PB", "DANDI Archive"), ("DO", facts.doi), ("UR", facts.url)]
    lines = [f"{name}  - {' '.join(value.split())}" for name, value in pairs if value]
    return "\n".join([*lines, "ER  - "])


def _csl(facts: Facts) -> str:
    people = [dict(zip(("family", "given"), (part.strip() for part in name.split(",", 1)), strict=False)) for name in facts.authors]
    record: dict[str, Any] = {
        "id": f"dandi_{facts.identifier}_{facts.version}",
        "type": "dataset",
        "title": facts.name,
        "author": people,
        "version": facts.version,
        "publisher": "DANDI Archive",
        "URL": facts.url,
    }
    if facts.doi:
        record["DOI"] = facts.doi
    if facts.year.isdigit():
        record["issued"] = {"date-parts": [[int(facts.year)]]}
    return msgspec.json.encode([record]).decode()
