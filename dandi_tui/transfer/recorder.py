"""Changes of the journal from the event loop: many at once become one transaction, and each waits until it is on the disk."""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from dandi_tui.errors import TransferError
from dandi_tui.transfer.journal import remedy_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from dandi_tui.transfer.journal import Journal

T = TypeVar("T")
_AGAIN_SECONDS = 2.0


class Recorder:
    """Writes to a journal in a thread of its own.

    Args:
        journal: The journal.
        on_trouble: Told in words why the journal can't be written, and with an empty text when it can again. What would be
            written waits meanwhile, and so does everything that must not be done before it is written.
    """

    def __init__(self, journal: Journal, on_trouble: Callable[[str], None]) -> None:
        self.journal = journal
        self._on_trouble = on_trouble
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._waiting: list[tuple[Callable[[Journal], Any], asyncio.Future[Any]]] = []
        self._busy: asyncio.Task[None] | None = None
        self._ending = asyncio.Event()

    def post(self, change: Callable[[Journal], T]) -> asyncio.Future[T]:
        """Puts a change (or reading) behind those that wait; the future ends once it is on the disk."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((change, future))
        if self._busy is None:
            self._busy = asyncio.create_task(self._write())
        return future

    async def do(self, change: Callable[[Journal], T]) -> T:
        """Does a change (or reads), together with others that wait; returns once it is on the disk."""
        # A change that was begun is finished, even where nobody waits for it any more.
        return await asyncio.shield(self.post(change))

    async def once(self, change: Callable[[Journal], T]) -> T:
        """Does a change without trying again.

        Raises:
            TransferError: It can't be written.
        """
        results = await asyncio.get_running_loop().run_in_executor(self._thread, self._transaction, [change])
        if isinstance(results, sqlite3.Error):
            raise self._unwritten(results)
        found: T = results[0]
        return found

    async def read(self, reading: Callable[[Journal], T]) -> T:
        """Reads what is written, also while nothing can be written."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, reading, self.journal)

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                results = await loop.run_in_executor(self._thread, self._transaction, [change for change, _ in batch])
                while isinstance(results, sqlite3.Error) and not self._ending.is_set():
                    self._on_trouble(f"{results}. {remedy_of(results)}".strip())
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._ending.wait(), _AGAIN_SECONDS)
                    results = await loop.run_in_executor(self._thread, self._transaction, [change for change, _ in batch])
                    if not isinstance(results, sqlite3.Error):
                        self._on_trouble("")
                settled = [self._unwritten(results)] * len(batch) if isinstance(results, sqlite3.Error) else results
                for (_, future), result in zip(batch, settled, strict=True):
                    _settle(future, result)
        finally:
            self._busy = None

    def _transaction(self, changes: list[Callable[[Journal], Any]]) -> list[Any] | sqlite3.Error:
        """All changes in one transaction; their results or exceptions, or why none was written."""
        journal = self.journal
        try:
            journal.begin()
            results = [_result(change, journal) for change in changes]
            journal.commit()
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):
                journal.rollback()
            return error
        return results

    def _unwritten(self, error: sqlite3.Error) -> TransferError:
        return TransferError(f"the journal of transfers can't be written: {error}", subject=str(self.journal.path), remedy=remedy_of(error))

    def end(self) -> None:
        """From here on what can't be written is not waited for: the next worker finds it as it was before."""
        self._ending.set()

    async def close(self) -> None:
        """Writes what waits and can be written, and lets go of the journal."""
        self.end()
        while self._busy is not None:
            await asyncio.wait({self._busy})
        await asyncio.get_running_loop().run_in_executor(self._thread, self.journal.close)
        self._thread.shutdown(wait=True)


def _result(change: Callable[[Journal], Any], journal: Journal) -> Any:  # noqa: ANN401 (as the change returns)
    try:
        return change(journal)
    except sqlite3.OperationalError:
        raise
    except Exception as error:  # noqa: BLE001 (given to whoever asked for the change)
        return error


def _settle(future: asyncio.Future[Any], result: Any) -> None:  # noqa: ANN401
    if future.done():
        return
    if isinstance(result, Exception):
        future.set_exception(result)
        future.exception()  # known now: where nobody waits for it any more, that is no failure to be told of
    else:
        future.set_result(result)
