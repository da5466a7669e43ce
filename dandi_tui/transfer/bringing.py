"""Bringing the bytes of one file: parts side by side, each from where it ended, every byte hashed as it passes."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from typing import TYPE_CHECKING

from dandi_tui.errors import DigestMismatchError, NotAllowedError, UnreachableError
from dandi_tui.transfer.bulk import ExpiredAddressError, GoneError, RangeIgnoredError, fetch
from dandi_tui.transfer.work import together

if TYPE_CHECKING:
    import hashlib
    from collections.abc import Awaitable, Callable

    from dandi_tui.transfer.partial import Partial
    from dandi_tui.transfer.work import Work

STREAMS = 4
"""Connections for one large file."""
TRIES = 5
"""Tries without a byte of progress before the file waits for a better time."""


class Bringing:
    """Brings what partial data lacks.

    Args:
        work: The transfer.
        partial: The data, opened.
        address_of: Asks for a new signed address.
        address: An address to try first; empty: none.
    """

    def __init__(self, work: Work, partial: Partial, address_of: Callable[[], Awaitable[str]], address: str = "") -> None:
        self._work = work
        self._partial = partial
        self._address_of = address_of
        self._address = self._direct = address
        self._asking = asyncio.Lock()
        self._hashers: dict[int, hashlib._Hash] = {}
        self._todo: deque[int] = deque()

    async def run(self) -> None:
        """Brings all.

        Raises:
            DigestMismatchError: The bytes that arrived are not those that the archive promised.
            UnreachableError: It did not get on in many tries.
            CancelledTransferError: It was stopped.
        """
        content, partial = self._partial.content, self._partial
        while True:
            await self._bring_missing()
            found = partial.digest()
            if not content.digest or found == content.digest:
                return
            if not partial.resumed:
                raise DigestMismatchError(
                    f"the bytes that arrived have the digest {found}, the archive says {content.digest}",
                    subject=self._work.spec.path,
                    remedy="They were removed; R or `transfers retry` fetches the file again.",
                )
            # What was there before may be wrong; what came now is what the server gives.
            for number in tuple(partial.resumed):
                self._forget(number)
            await self._work.note("what was there before is not what the archive has; it is fetched again")

    def _forget(self, number: int) -> None:
        start, end = self._partial.spans[number]
        self._work.bytes -= end - start
        self._work.kept = 0
        self._partial.forget(number)
        self._hashers.pop(number, None)

    async def _bring_missing(self) -> None:
        self._todo = deque(self._partial.missing)
        try:
            await together(*(self._stream() for _ in range(min(STREAMS, len(self._todo)))))
        except RangeIgnoredError:
            await self._work.note("the server ignores Range: fetched from the beginning in one go")
            for number in range(len(self._partial.spans)):
                self._partial.forget(number)
            self._hashers.clear()
            await self._persist(0, whole=True)

    async def _stream(self) -> None:
        while self._todo:
            await self._persist(self._todo.popleft(), whole=False)

    async def _persist(self, number: int, *, whole: bool) -> None:
        """Brings a part, or the whole from its beginning, trying again as long as there is progress."""
        tried = 0
        while True:
            before = self._work.moved
            address = ""
            try:
                address = await self._signed()
                await self._work.in_thread(self._whole if whole else self._part, number, address)
            except (ExpiredAddressError, GoneError) as error:
                if isinstance(error, GoneError) and address != self._direct:
                    raise
                self._address = "" if self._address == address else self._address
                failure: Exception = error
            except RangeIgnoredError:
                raise
            except UnreachableError as error:
                (self._work.pace.pushed_back if error.status in {429, 503} else self._work.pace.lost)()
                failure = error
            else:
                return
            tried = 1 if self._work.moved > before else tried + 1
            if tried >= TRIES:
                raise _for_good(failure) from failure
            await self._work.note(f"{failure} Tried again.")
            await asyncio.sleep(random.random() * min(8.0, 0.25 * 2**tried))  # noqa: S311 (jitter)

    async def _signed(self) -> str:
        """The address that all parts share; a new one where the former was refused."""
        async with self._asking:
            if not self._address:
                self._address = await self._address_of()
            return self._address

    def _part(self, number: int, address: str) -> None:
        """In a thread: brings what a part lacks."""
        partial = self._partial
        start, end = partial.spans[number]
        there = partial.label.begun.get(number, 0)
        if number not in self._hashers:
            self._hashers[number] = partial.hash(start, start + there)
            self._work.bytes += there
        hasher, offset = self._hashers[number], start + there

        def take(chunk: memoryview) -> None:
            nonlocal offset
            partial.write(offset, chunk)
            hasher.update(chunk)
            offset += len(chunk)
            partial.begun(number, offset - start)
            self._work.add(len(chunk))

        if offset < end:
            alone = start == offset == 0 and end == partial.content.size
            fetch(self._work.pools, address, (offset, end), size=partial.content.size, take=take, control=self._work.control, whole=alone)
        partial.ended(number, hasher.hexdigest())
        del self._hashers[number]

    def _whole(self, _number: int, address: str) -> None:
        """In a thread: brings everything in one stream, part after part."""
        partial, content = self._partial, self._partial.content
        self._work.bytes = self._work.kept = 0
        number, offset, hasher = 0, 0, content.hasher()

        def take(chunk: memoryview) -> None:
            nonlocal number, offset, hasher
            partial.write(offset, chunk)
            view = chunk
            while view:
                end = partial.spans[number][1]
                taken = view[: end - offset]
                hasher.update(taken)
                offset += len(taken)
                view = view[len(taken) :]
                if offset == end:
                    partial.ended(number, hasher.hexdigest())
                    number, hasher = number + 1, content.hasher()
            self._work.add(len(chunk))

        fetch(self._work.pools, address, (0, content.size), size=content.size, take=take, control=self._work.control, whole=True)


def _for_good(failure: Exception) -> Exception:
    if isinstance(failure, ExpiredAddressError):
        return NotAllowedError(
            f"the store refuses every address that the archive signs: {failure.what}",
            subject=failure.subject,
            remedy="If a proxy stands in between, let it pass the addresses as they are.",
        )
    return failure
