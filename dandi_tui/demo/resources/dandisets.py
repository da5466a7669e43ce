"""The list of Dandisets, its search, single Dandisets and their stars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from dandi_tui.demo.answers import RefusalError, invalid, not_logged_in
from dandi_tui.demo.paging import paged
from dandi_tui.demo.resources import records
from dandi_tui.demo.search_language import SearchError, conditions
from dandi_tui.demo.store import dandisets, facts
from dandi_tui.demo.store.dandisets import Condition, Listing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dandi_tui.demo.call import Call

_NEEDS_USER = {
    "embargoed": "Authentication credentials must be provided when attempting to access embargoed dandisets",
    "starred": "Must be authenticated to filter by starred dandisets.",
}


def _asked(call: Call) -> Listing:
    """What the query asks for."""
    mine = call.word("user", ("me",)) == "me"
    for name, words in _NEEDS_USER.items():
        if call.flag(name) and call.user is None:
            raise not_logged_in(words)
    try:
        found = conditions(call.text("search"))
    except SearchError as error:
        raise RefusalError(400, {"search": str(error)}) from error
    return Listing(
        conditions=found,
        order=call.text("ordering"),
        drafts=call.flag("draft", default=True),
        empty=call.flag("empty", default=True),
        embargoed=call.flag("embargoed"),
        starred=call.flag("starred"),
        mine=mine,
    )


def listed(call: Call) -> dict[str, Any]:
    """The list, filtered, searched and ordered."""
    found = dandisets.listed(call.store, _asked(call), call.user)
    return paged(call, found.count, lambda offset, size: [records.dandiset(call, one, listed=True) for one in found.page(offset, size)])


def by_assets(call: Call) -> dict[str, Any]:
    """Dandisets by the properties of their assets, with how many assets match each."""
    asked, counts = _asked(call), dict(_asset_counts(call))
    for matching in counts.values():
        marks = ", ".join("?" * len(matching))
        condition = Condition(f"d.identifier IN ({marks})", tuple(matching))
        asked = msgspec.structs.replace(asked, conditions=(*asked.conditions, condition))
    found = dandisets.listed(call.store, asked, call.user)

    def rows(offset: int, size: int) -> list[dict[str, Any]]:
        return [
            {**records.dandiset(call, one, listed=True), "asset_counts": {name: matching[one.identifier] for name, matching in counts.items()}}
            for one in found.page(offset, size)
        ]

    return paged(call, found.count, rows)


def _asset_counts(call: Call) -> Iterator[tuple[str, dict[str, int]]]:
    """Each filter of the query with the number of assets that match it, by Dandiset."""
    least, most = call.number("file_size_min"), call.number("file_size_max")
    if least is not None and most is not None and most < least:
        raise invalid("non_field_errors", "file_size_max must be greater than file_size_min")
    for kind in call.texts(facts.FILE_TYPE):
        if kind not in facts.FILE_TYPES:
            raise invalid(facts.FILE_TYPE, f'"{kind}" is not a valid choice.')
    if least is not None or most is not None:
        yield "file_size", facts.size_counts(call.store, least, most)
    for name in (facts.FILE_TYPE, facts.SPECIES, facts.GENOTYPE, facts.TECHNIQUE):
        if values := call.texts(name):
            yield name, facts.counts(call.store, name, values)


def species(call: Call) -> dict[str, Any]:
    """The names of species that occur."""
    found = facts.values(call.store, facts.SPECIES, call.text("species"))
    return paged(call, len(found), lambda offset, size: found[offset : offset + size])


def genotypes(call: Call) -> list[str]:
    """The genotypes that occur, the first ten."""
    return facts.values(call.store, facts.GENOTYPE, call.text("genotype"))[:10]


def single(call: Call) -> dict[str, Any]:
    """One Dandiset."""
    return records.dandiset(call, call.dandiset(), listed=False)


def star(call: Call) -> dict[str, int]:
    """Gives or takes the user's star."""
    user = call.need_approved()
    identifier = call.dandiset().identifier
    dandisets.set_star(call.store, identifier, user, starred=call.method == "POST")
    return {"count": dandisets.stars(call.store, identifier, user)[0]}
