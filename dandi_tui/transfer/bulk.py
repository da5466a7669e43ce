"""Bulk bytes: from a signed address in ranges, and to one. No key comes here; nothing here knows the archive."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import urllib3

from dandi_tui import __version__
from dandi_tui.errors import NotFoundError, TransferError, UnreachableError
from dandi_tui.transfer.connections import words_of_break
from dandi_tui.transfer.control import CancelledTransferError
from dandi_tui.transfer.pieces import hand_on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dandi_tui.transfer.connections import Pools
    from dandi_tui.transfer.control import Control

_RAW: dict[str, Any] = {"preload_content": False, "decode_content": False}
"""What is sent is never unpacked here, whatever its server says that it is: a little may become more than there is room for."""
_LONGEST_ANSWER = 2**20
"""Bytes of what a store answers to what it was sent."""
_HEADERS = {"User-Agent": f"dandi-tui/{__version__}", "Accept-Encoding": "identity"}


class ExpiredAddressError(TransferError):
    """The signed address is not good any more: the archive must be asked for another."""


class RangeIgnoredError(UnreachableError):
    """The server gives the whole where a range was asked for: it can't go on where it ended."""


class GoneError(NotFoundError):
    """The store has no such object, or no such unfinished upload."""


def fetch(pools: Pools, address: str, span: tuple[int, int], *, size: int, take: Callable[[memoryview], None], control: Control, whole: bool = False) -> None:
    """Brings a range of an object.

    Args:
        pools: The connections.
        address: The signed address.
        span: From which byte to before which.
        size: How many bytes the whole object has.
        take: Is given the bytes in their order, in a buffer that is used again.
        control: Limits and stops.
        whole: Ask for the whole object and not for a range; the span is then all of it.

    Raises:
        ExpiredAddressError: The address is not good any more.
        GoneError: There is no such object.
        RangeIgnoredError: The server gave the whole instead of the range.
        UnreachableError: The connection broke, or gave other bytes than asked for; trying again may help.
        CancelledTransferError: `control` said so.
    """
    start, end = span
    headers = _HEADERS if whole else {**_HEADERS, "Range": f"bytes={start}-{end - 1}"}
    host = urlsplit(address).netloc
    with _breaks_told(host, control, "what has arrived stays"):
        with control.asking():
            response = pools.pool(address).request("GET", address, headers=headers, redirect=False, **_RAW)
        try:
            with control.reading(response):
                _check(response, host, None if whole else span, size)
                hand_on(response, start, end - start, take, control)
        except BaseException:
            # What was not read must not be taken for the answer to the next request.
            response.close()
            raise
        finally:
            response.release_conn()


@contextmanager
def _breaks_told(host: str, control: Control, stays: str) -> Iterator[None]:
    """Tells what breaks a connection as an error of ours: that it was ended on purpose, and what stays then, or that trying again may help.

    What the disk says goes through.
    """
    try:
        yield
    except (urllib3.exceptions.HTTPError, OSError) as error:
        if control.stopped:
            raise CancelledTransferError(f"stopped; {stays}") from error
        if isinstance(error, OSError) and not isinstance(error, ConnectionError | TimeoutError):
            raise
        raise _broken(error, host) from error


def _broken(error: Exception, host: str) -> UnreachableError:
    """A connection that broke, in words that repeat no signed address."""
    return UnreachableError(words_of_break(error, host), subject=host)


def _check(response: urllib3.BaseHTTPResponse, host: str, span: tuple[int, int] | None, size: int) -> None:
    check_status(response.status, host)
    if span is None:
        return
    if response.status == 200:
        raise RangeIgnoredError("the server ignores Range: it can't go on where it ended", subject=host, status=200)
    match = re.fullmatch(r"bytes (\d{1,20})-(\d{1,20})/(\d{1,20}|\*)", response.headers.get("Content-Range", ""))
    if match is None or int(match[1]) != span[0] or match[3] not in {"*", str(size)}:
        raise UnreachableError("the server gave another range than asked for", subject=host)


def check_status(status: int, host: str) -> None:
    """Raises what a store's status means, if it is not well."""
    if status in {400, 401, 403} or 300 <= status < 400:
        raise ExpiredAddressError(f"the store refuses the address (status {status})", subject=host)
    if status == 404:
        raise GoneError("the store has no such object", subject=host, status=404)
    if status >= 400:
        raise UnreachableError(f"the store failed (status {status})", subject=host, status=status)


def put(pools: Pools, address: str, chunks: Callable[[], Iterator[bytes]], length: int, *, control: Control, headers: Mapping[str, str] | None = None) -> str:
    """Sends bytes to a signed address.

    Args:
        pools: The connections.
        address: The signed address.
        chunks: Gives the bytes from the beginning.
        length: How many they are.
        control: Limits and stops.
        headers: More headers, as the address was signed for.

    Returns:
        The ETag of what the store took, with its quotes.

    Raises:
        ExpiredAddressError: The address is not good any more.
        GoneError: There is no such unfinished upload.
        UnreachableError: The connection broke, or the store failed; trying again may help.
        CancelledTransferError: `control` said so.
    """
    host = urlsplit(address).netloc
    body = _Body(chunks, control)
    given = {**_HEADERS, **(headers or {}), "Content-Length": str(length)}
    try:
        with _breaks_told(host, control, "parts that were accepted stay"), control.asking():
            response = pools.pool(address).request("PUT", address, body=body, headers=given, redirect=False, **_RAW)
            _answered(response)
    except UnreachableError as error:
        if body.unread is not None:
            raise body.unread from error
        raise
    check_status(response.status, host)
    return str(response.headers.get("ETag", ""))


class _Body:
    """The bytes of a request, as fast as they may go.

    Attributes:
        unread: Why they could not be read to their end; the library takes it for a failure of the connection.
    """

    def __init__(self, chunks: Callable[[], Iterator[bytes]], control: Control) -> None:
        self._chunks, self._control = chunks, control
        self.unread: OSError | None = None

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in self._chunks():
                self._control.pace(len(chunk))
                yield chunk
        except OSError as error:
            self.unread = error
            raise


def post(pools: Pools, address: str, body: str, control: Control) -> str:
    """Sends a text to a signed address; what the store answers.

    Args:
        pools: The connections.
        address: The signed address.
        body: The text.
        control: Stops the wait for an answer.

    Raises:
        ExpiredAddressError: The address is not good any more.
        GoneError: There is no such unfinished upload.
        UnreachableError: The connection broke, or the store failed; trying again may help.
        CancelledTransferError: `control` said so.
    """
    host = urlsplit(address).netloc
    headers = {**_HEADERS, "Content-Type": "application/xml"}
    with _breaks_told(host, control, "parts that were accepted stay"), control.asking():
        response = pools.pool(address).request("POST", address, body=body.encode(), headers=headers, redirect=False, **_RAW)
        answer = _answered(response)
    check_status(response.status, host)
    return answer.decode("utf-8", "replace")


def _answered(response: urllib3.BaseHTTPResponse) -> bytes:
    """What a store says of what it took; no more of it than it has to say."""
    data = response.read(_LONGEST_ANSWER)
    if response.read1(1):
        response.close()
    else:
        response.release_conn()
    return data
