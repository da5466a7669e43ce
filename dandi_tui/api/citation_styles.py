"""A citation in the styles that journals ask for, as CFF, and as the sentences that papers need."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from dandi_tui.api.citation_facts import Facts

PUBLISHER = "DANDI Archive"


def _parts(name: str) -> tuple[str, list[str]]:
    """Family name and given names of `Family, Given Names`."""
    family, _, given = name.partition(",")
    return family.strip(), given.split()


def _initials(name: str, *, dots: bool = True, between: str = " ") -> str:
    return between.join(f"{one[0]}{'.' if dots else ''}" for one in _parts(name)[1] if one)


def _joined(names: list[str], last: str, *, comma: bool = False) -> str:
    """`A, B and C`; `last` is the word before the last one, `comma` whether a comma goes before it."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])}{',' if comma else ''} {last} {names[-1]}"


def _ended(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _apa(facts: Facts) -> str:
    names = [" ".join(filter(None, (f"{_parts(one)[0]},", _initials(one)))) for one in facts.authors]
    people = _joined(names, "&", comma=True)
    return f"{people + ' ' if people else ''}({facts.year}). {facts.name} (Version {facts.version}) [Data set]. {PUBLISHER}. {facts.url}".strip()


def _given_first(name: str) -> str:
    family, given = _parts(name)
    return " ".join([*given, family])


def _mla_people(authors: list[str]) -> str:
    if len(authors) > 2:
        return f"{authors[0]}, et al"
    return _joined([*authors[:1], *(_given_first(one) for one in authors[1:])], "and", comma=True)


def _mla(facts: Facts) -> str:
    people = _mla_people(facts.authors)
    return f"{_ended(people) + ' ' if people else ''}{_ended(facts.name)} Version {facts.version}, {PUBLISHER}, {facts.year}, {facts.url}."


def _chicago(facts: Facts) -> str:
    people = _joined([*facts.authors[:1], *(_given_first(one) for one in facts.authors[1:])], "and", comma=True)
    return f"{_ended(people) + ' ' if people else ''}{facts.year}. “{_ended(facts.name)}” Version {facts.version}. {PUBLISHER}. {facts.url}."


def _harvard(facts: Facts) -> str:
    people = _joined([" ".join(filter(None, (f"{_parts(one)[0]},", _initials(one, between="")))) for one in facts.authors], "and")
    return f"{people + ' ' if people else ''}({facts.year}) {_ended(facts.name)} Version {facts.version}. {PUBLISHER}. Available at: {facts.url}."


def _vancouver(facts: Facts) -> str:
    names = [f"{_parts(one)[0]} {_initials(one, dots=False, between='')}".strip() for one in facts.authors]
    people = ", ".join(names[:6]) + (", et al" if len(names) > 6 else "")
    return f"{_ended(people) + ' ' if people else ''}{facts.name} [dataset]. Version {facts.version}. {PUBLISHER}; {facts.year}. Available from: {facts.url}"


def _ieee(facts: Facts) -> str:
    names = [f"{_initials(one)} {_parts(one)[0]}".strip() for one in facts.authors]
    people = f"{names[0]} et al." if len(names) > 6 else _joined(names, "and", comma=len(names) > 2)
    where = f"doi: {facts.doi}" if facts.doi else facts.url
    return f"{people + ', ' if people else ''}“{facts.name},” {PUBLISHER}, {facts.year}, version {facts.version}, {where}."


def _cff(facts: Facts) -> str:
    from dandi_tui.api.documents import as_yaml

    people = [{"family-names": _parts(one)[0], "given-names": " ".join(_parts(one)[1])} for one in facts.authors]
    record = {
        "cff-version": "1.2.0", "message": "Please cite this dataset.", "type": "dataset", "title": facts.name, "version": facts.version,
        "authors": [{key: value for key, value in one.items() if value} for one in people], "doi": facts.doi, "url": facts.url,
    }  # fmt: skip
    return as_yaml({name: value for name, value in record.items() if value}).strip()


def _availability(facts: Facts) -> str:
    return f"The data are available at {PUBLISHER} (RRID:SCR_017571) as Dandiset {facts.identifier}, version {facts.version}: {facts.url}."


def _methods(facts: Facts) -> str:
    return f"We used the data of Dandiset {facts.identifier}, version {facts.version} ({facts.name}; {facts.url}), from {PUBLISHER} (RRID:SCR_017571)."


STYLES: dict[str, Callable[[Facts], str]] = {
    "apa": _apa, "mla": _mla, "chicago": _chicago, "harvard": _harvard, "vancouver": _vancouver, "ieee": _ieee, "cff": _cff,
    "methods": _methods, "availability": _availability,
}  # fmt: skip
