"""Blocking work as a stream of batches: what a generator gives in a thread of its own arrives on the loop a few times a second.

The thread is a daemon: a folder on a server that went away must not keep the program from ending.
"""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator, Iterator

T = TypeVar("T")
_EVERY = 0.2


class _Stream(Generic[T]):
    """A generator in a thread, and what it gave that nobody took yet."""

    def __init__(self, make: Callable[[], Iterator[T]]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._waiting: list[T] = []
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._stopped = threading.Event()
        self.ended = False
        self.error: BaseException | None = None

    def start(self) -> None:
        threading.Thread(target=self._run, name="behind the screen", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def _run(self) -> None:
        try:
            made = self._make()
            try:
                for one in made:
                    with self._lock:
                        first = not self._waiting
                        self._waiting.append(one)
                    if first:
                        self._tell()
                    if self._stopped.is_set():
                        break
            finally:
                _close(made)
        except BaseException as error:  # noqa: BLE001 (it is raised where the batches are taken)
            self.error = error
        self.ended = True
        self._tell()

    def _tell(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._news.set)
        except RuntimeError:
            self._stopped.set()  # the loop is closed: the program ends

    async def take(self) -> list[T]:
        await self._news.wait()
        self._news.clear()
        with self._lock:
            batch, self._waiting = self._waiting, []
        return batch


def _close(made: Iterator[T]) -> None:
    close = getattr(made, "close", None)
    if close is not None:
        close()


async def batches(make: Callable[[], Iterator[T]], *, every: float = _EVERY) -> AsyncIterator[list[T]]:
    """What a blocking generator gives, in batches as it comes; the first at once, further ones after a pause.

    When this is left early (cancelled, closed), the generator is closed after what it gives next.

    Args:
        make: Makes the generator, in the thread.
        every: Seconds between batches.
    """
    stream: _Stream[T] = _Stream(make)
    stream.start()
    try:
        while True:
            batch = await stream.take()
            if batch:
                yield batch
            if stream.ended and not stream._waiting:
                break
            await asyncio.sleep(every)
        if stream.error is not None:
            raise stream.error
    finally:
        stream.stop()


def settle() -> None:
    """Spares what is held at this moment the rounds of the cyclic collector: for when results of thousands of files have come.

    Such a round stops keys and drawing for as long as all that there is takes to look through. What is spared is freed all the
    same once nothing refers to it.
    """
    gc.freeze()


async def in_thread(does: Callable[[], T]) -> T:
    """What a blocking function gives, done in a daemon thread."""

    def one() -> Generator[T]:
        yield does()

    found: list[T] = []
    async for batch in batches(one, every=0):
        found += batch
    return found[0]
