"""Bytes by HTTP for the reader: redirects followed without handing on the key, tried again where that may help, metered."""

from __future__ import annotations

import os
import random
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3

from dandi_tui.nwb.model import FileError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

THREADS = 20
_TRIES = 5
_REDIRECTS = 5
_USUAL_RATE = 2e6
EXPIRED = frozenset((400, 401, 403))
"""What object stores answer to a signed address that is not good any more."""


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

    def get(self, address: str, span: tuple[int, int] | None = None) -> tuple[urllib3.BaseHTTPResponse, str]:
        """One try: the answer, and the address that gave it.

        Args:
            address: Where to begin.
            span: The first byte, and the one after the last; so many bytes before the end where the first is negative; None: all.

        Raises:
            FileError: Redirects go on without an end.
            urllib3.exceptions.HTTPError: No answer came.
        """
        for _ in range(_REDIRECTS):
            headers = {"Accept-Encoding": "identity"}
            if span:
                headers["Range"] = f"bytes={span[0]}-{span[1] - 1}" if span[0] >= 0 else f"bytes={span[0]}"
            if urlsplit(address)[:2] == self.origin:
                headers |= self._headers
            with self._counting:
                self.requests += 1
            answer = self._pool.request("GET", address, headers=headers, redirect=False)
            if answer.status not in {301, 302, 303, 307, 308}:
                with self._counting:
                    self.bytes += len(answer.data)
                return answer, address
            address = urljoin(address, answer.headers.get("Location", ""))
            if not address.startswith(("http://", "https://")):
                break
        raise FileError(f"{self.origin[1]} redirects without an end")

    def ask(self, address: str, signed: str = "", span: tuple[int, int] | None = None) -> tuple[urllib3.BaseHTTPResponse, str]:
        """The answer that stands: busy servers and lost connections are tried again, an address that ran out is asked for anew.

        Args:
            address: The file's own address.
            signed: Where it redirected to before; empty: not known.
            span: The first byte, and the one after the last; None: all.

        Raises:
            FileError: No answer came, after all tries.
        """
        words = ""
        for tried in range(_TRIES):
            if tried:
                time.sleep(random.random() * min(8.0, 0.25 * 2**tried))  # noqa: S311 (jitter)
            try:
                answer, final = self.get(signed or address, span)
                if answer.status in EXPIRED and signed and signed != address:
                    signed = ""
                    answer, final = self.get(address, span)
                if answer.status < 500 and answer.status != 429:
                    return answer, final
                words = f"status {answer.status}"
            except urllib3.exceptions.HTTPError as error:
                words = _lost(error)
        host = urlsplit(signed or address).netloc
        raise FileError(f"{host} can't be read: {words}, {_TRIES} times. What was read stays; check the network and try again.")


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
