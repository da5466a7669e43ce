"""Lists, page by page, with the addresses of the pages before and after."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from dandi_tui.demo.answers import not_found

if TYPE_CHECKING:
    from collections.abc import Callable

    from dandi_tui.demo.call import Call

DEFAULT, LARGEST = 100, 1000


def page_size(call: Call) -> int:
    """How many items a page has: what is asked for up to 1,000, or 100."""
    text = call.text("page_size")
    return min(int(text), LARGEST) or DEFAULT if re.fullmatch(r"[0-9]{1,9}", text) else DEFAULT


def paged(call: Call, count: int, rows: Callable[[int, int], list[Any]]) -> dict[str, Any]:
    """One page of a list; a page after the last is refused.

    Args:
        call: Names the page and its size.
        count: How many items there are in all.
        rows: Gives the items from an offset on, at most so many.
    """
    size = page_size(call)
    last = max(1, -(-count // size))
    page = last if call.text("page") == "last" else _number(call)
    if page > last:
        raise not_found("Invalid page.")
    return _page(call, page, count=count, more=page < last, results=rows((page - 1) * size, size))


def paged_lazily(call: Call, count: Callable[[], int], rows: Callable[[int, int], list[Any]]) -> dict[str, Any]:
    """One page of a long list: items are counted for the first page alone, and pages after the last are empty."""
    size = page_size(call)
    page = _number(call)
    found = rows((page - 1) * size, size + 1)
    return _page(call, page, count=count() if page == 1 else None, more=len(found) > size, results=found[:size])


def _number(call: Call) -> int:
    text = call.request.query_params.get("page", "1")
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < 1:
        raise not_found("Invalid page.")
    return int(text)


def _page(call: Call, page: int, *, count: int | None, more: bool, results: list[Any]) -> dict[str, Any]:
    before = None if page == 1 else address(call, page=str(page - 1) if page > 2 else None)
    return {"count": count, "next": address(call, page=str(page + 1)) if more else None, "previous": before, "results": results}


def address(call: Call, **changed: str | None) -> str:
    """The address of the call with parts of its query changed or (None) left out, sorted by name."""
    items = [(name, value) for name, value in call.request.query_params.multi_items() if name not in changed]
    items += [(name, value) for name, value in changed.items() if value is not None]
    tail = "?" + urlencode(sorted(items, key=lambda item: item[0])) if items else ""
    return f"{call.addresses.origin}{call.request.url.path}{tail}"
