"""Bytes by HTTP for the reader: redirects followed without handing on the key, tried again where that may help, metered."""

from __future__ import annotations

import os
import random
import threading
import time
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3

from dandi_tui.addresses import is_inside
from dandi_tui.nwb.model import FileError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

THREADS = 20
_TRIES = 5
_REDIRECTS = 5
_USUAL_RATE = 2e6
_LONGEST_REFUSAL = 2**16
EXPIRED = frozenset((400, 401, 403))
"""What object stores answer to a signed address that is not good any more."""


class Reply(NamedTuple):
    """What a server answered: of its bytes no more than one beyond those that were asked for."""

    status: int
    headers: Mapping[str, str]
    data: bytes


class Connection:
    """A way to a file's own origin and to where that redirects.

    Args:
        url: An address of the origin.
        headers: Sent to that origin alone, never to where it redirects.
    """

    def __init__(self, url: str, headers: Mapping[str, str] | None = None) -> None:
        self.origin = urlsplit(url)[:2]
        self._headers = dict(headers or {})
        self._pool = _pool(url)
        self.requests = self.bytes = 0
        self.seconds = 0.0
        self._counting = threading.Lock()

    def close(self) -> None:
        """Ends the connections."""
        self._pool.clear()

    @property
    def rate(self) -> float:
        """Bytes a second, as measured here; a usual one before there is anything to measure."""
        return self.bytes / self.seconds if self.seconds > 0.05 and self.bytes > 2**16 else _USUAL_RATE

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Takes the time of requests that are made side by side."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds += time.perf_counter() - start

    def get(self, address: str, span: tuple[int, int], whole: int = 0) -> tuple[Reply, str]:
        """One try: the answer, and the address that gave it.

        Args:
            address: Where to begin.
            span: The first byte, and the one after the last; so many bytes before the end where the first is negative.
            whole: The most bytes that are taken where a server gives all instead.

        Raises:
            FileError: Redirects go on without an end, or lead where nothing is opened.
            urllib3.exceptions.HTTPError: No answer came.
        """
        for _ in range(_REDIRECTS):
            part = f"bytes={span[0]}-{span[1] - 1}" if span[0] >= 0 else f"bytes={span[0]}"
            headers = {"Accept-Encoding": "identity", "Range": part}
            if urlsplit(address)[:2] == self.origin:
                headers |= self._headers
            with self._counting:
                self.requests += 1
            answer = self._pool.request("GET", address, headers=headers, redirect=False, preload_content=False, decode_content=False)
            length = span[1] - span[0] if span[0] >= 0 else -span[0]
            most = {200: max(length, whole), 206: length}.get(answer.status, _LONGEST_REFUSAL)
            data = _taken(answer, most)
            if answer.status not in {301, 302, 303, 307, 308}:
                with self._counting:
                    self.bytes += len(data)
                packed = answer.status == 200 and answer.headers.get("Content-Encoding", "") in {"gzip", "deflate"}
                return Reply(answer.status, answer.headers, _unpacked(data, most) if packed else data), address
            address = self._led_on(address, answer.headers.get("Location", ""))
        raise FileError(f"{self.origin[1]} redirects without an end")

    def _led_on(self, address: str, location: str) -> str:
        """Where a redirect leads to.

        Raises:
            FileError: That is no address, or one within a network that the file itself is outside of.
        """
        try:
            found = urljoin(address, location)
            host, own = urlsplit(found).hostname or "", urlsplit(f"//{self.origin[1]}").hostname or ""
        except ValueError:
            found, host, own = "", "", ""
        if not found.startswith(("http://", "https://")) or not host:
            raise FileError(f"{self.origin[1]} sends us to what is no address")
        if is_inside(host) and not is_inside(own):
            raise FileError(f"{self.origin[1]} sends us to {host[:200]}, which is within this network: it is not opened")
        return found

    def ask(self, address: str, signed: str = "", *, span: tuple[int, int], whole: int = 0) -> tuple[Reply, str]:
        """The answer that stands: busy servers and lost connections are tried again, an address that ran out is asked for anew.

        Args:
            address: The file's own address.
            signed: Where it redirected to before; empty: not known.
            span: The first byte, and the one after the last.
            whole: The most bytes that are taken where a server gives all instead.

        Raises:
            FileError: No answer came, after all tries.
        """
        words = ""
        for tried in range(_TRIES):
            if tried:
                time.sleep(random.random() * min(8.0, 0.25 * 2**tried))  # noqa: S311 (jitter)
            try:
                answer, final = self.get(signed or address, span, whole)
                if answer.status in EXPIRED and signed and signed != address:
                    signed = ""
                    answer, final = self.get(address, span, whole)
                if answer.status < 500 and answer.status != 429:
                    return answer, final
                words = f"status {answer.status}"
            except urllib3.exceptions.HTTPError as error:
                words = _lost(error)
        host = urlsplit(signed or address).netloc
        raise FileError(f"{host} can't be read: {words}, {_TRIES} times. What was read stays; check the network and try again.")


def _taken(answer: urllib3.BaseHTTPResponse, most: int) -> bytes:
    """The bytes of an answer, and of one that is longer than it may be one more than that."""
    data = bytearray()
    try:
        while len(data) <= most and (piece := answer.read(most + 1 - len(data))):
            data += piece
    except BaseException:
        answer.close()
        raise
    if len(data) > most:
        # The rest must not be taken for the next answer.
        answer.close()
    answer.release_conn()
    return bytes(data)


def _unpacked(data: bytes, most: int) -> bytes:
    """Bytes that were packed on their way, and never more than one beyond what may come.

    Raises:
        FileError: They are not packed as is said.
    """
    try:
        return zlib.decompressobj(47).decompress(data, most + 1)
    except zlib.error as error:
        raise FileError(f"it did not come as its server says: {error}") from error


def _lost(error: urllib3.exceptions.HTTPError) -> str:
    """Words for a connection that failed."""
    if isinstance(error, (urllib3.exceptions.ProtocolError, urllib3.exceptions.IncompleteRead)):
        return "the connection was lost"
    if isinstance(error, urllib3.exceptions.ConnectTimeoutError):
        return "it does not answer"
    if isinstance(error, urllib3.exceptions.ReadTimeoutError):
        return "no bytes came for 30 s"
    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return "the connection was refused"
    return str(error)


def _pool(url: str) -> urllib3.PoolManager:
    bundle = os.environ.get("SSL_CERT_FILE") or os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    timeout = urllib3.Timeout(connect=15, read=30)
    proxy, host = getproxies().get(urlsplit(url).scheme), urlsplit(url).hostname or ""
    if proxy and not proxy_bypass(host):
        return urllib3.ProxyManager(proxy, maxsize=THREADS, timeout=timeout, retries=False, ca_certs=bundle)
    return urllib3.PoolManager(maxsize=THREADS, timeout=timeout, retries=False, ca_certs=bundle)
