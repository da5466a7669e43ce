"""Lists that come in pages, as async iterators that fetch ahead."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from dandi_tui.errors import UnexpectedAnswerError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from dandi_tui.api.http import Http

T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page of a list; `count` is the whole list's, where the archive gives it."""

    results: list[T]
    count: int | None = None
    next: str | None = None


class Pages(Generic[T]):
    """A list of the archive, page by page; the next page is fetched while one is used.

    Args:
        http: The requests.
        path: The list's path.
        params: The query.
        kind: What an item is decoded to.
    """

    def __init__(self, http: Http, path: str, params: Mapping[str, Any], kind: type[T]) -> None:
        self._http = http
        self._path = path
        self._params = params
        self._page: type[Page[T]] = Page[kind]  # type: ignore[valid-type]
        self._first: asyncio.Task[Page[T]] | None = None

    async def count(self) -> int | None:
        """How many items the whole list has; asks for its first page when that was not done yet."""
        return (await self._start()).count

    def _start(self) -> asyncio.Task[Page[T]]:
        if self._first is None:
            self._first = asyncio.ensure_future(self._http.get(self._path, self._page, self._params))
        return self._first

    async def pages(self) -> AsyncIterator[list[T]]:
        """The pages, in order.

        Raises:
            ArchiveError: A page can't be had; those before it were given.
        """
        ahead: asyncio.Task[Page[T]] | None = self._start()
        known: set[str | None] = {None}
        try:
            while ahead is not None:
                page = await ahead
                if page.next and page.next in known:
                    raise UnexpectedAnswerError("its pages go round in a ring", subject=f"GET {self._path}")
                known.add(page.next)
                ahead = asyncio.ensure_future(self._http.get(page.next, self._page)) if page.next else None
                yield page.results
        finally:
            if ahead is not None:
                ahead.cancel()

    async def __aiter__(self) -> AsyncIterator[T]:
        """The items, in order."""
        async for page in self.pages():
            for item in page:
                yield item
