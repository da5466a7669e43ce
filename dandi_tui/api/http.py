"""Requests to the archive: time-outs, retries, errors in words. The only module that knows the HTTP library."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import ssl
import sys
import time
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar, overload
from urllib.parse import urljoin, urlsplit

import msgspec

from dandi_tui import __version__
from dandi_tui.addresses import leads_inside
from dandi_tui.api.answers import not_an_archive, refusal
from dandi_tui.api.retry import Retry, Waiting, retry_after
from dandi_tui.errors import ArchiveError, UnexpectedAnswerError, UnreachableError, UsageError

# The library would bring its own command line with it, and for that tables and highlighting: a third of its start.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]

import httpx  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

    from dandi_tui.api.instances import Instance

T = TypeVar("T")
_log = logging.getLogger("dandi_tui.api")
_TRIED_AGAIN = frozenset({429, 500, 502, 503, 504})
_LARGEST = 64 * 2**20
_MOST_REDIRECTS = 5
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.ProxyError)


class Asked(msgspec.Struct, frozen=True):
    """What is asked of the archive.

    Attributes:
        method: GET, POST, PUT or DELETE.
        path: A path below the API's address, or an absolute address of the same origin.
        params: The query; None values are left out.
        body: JSON, None without.
        follow: Whether redirects are followed; never where something is written.
        repeatable: Whether doing it twice is the same as doing it once.
        once: Whether it is sent a single time, and nothing is waited for.
    """

    method: str
    path: str
    params: Mapping[str, Any] | None = None
    body: bytes | None = None
    follow: bool = True
    repeatable: bool = True
    once: bool = False

    @property
    def subject(self) -> str:
        """How errors name it."""
        try:
            return f"{self.method} {urlsplit(self.path).path}"
        except ValueError:
            return self.method


class Http:
    """Requests to one instance; the key goes to its own origin alone.

    Args:
        instance: The archive.
        key: The API key, None without.
        retry: How often reading requests are tried.
        timeout: Seconds to wait for a connection or for the next bytes.
        on_wait: Told before each wait for another try.
    """

    def __init__(
        self,
        instance: Instance,
        key: str | None,
        *,
        retry: Retry,
        timeout: float,
        on_wait: Callable[[Waiting], None] | None = None,
    ) -> None:
        self.instance = instance
        self._key = key
        self._retry = retry
        self._on_wait = on_wait
        self._slots = asyncio.Semaphore(8)
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(timeout, connect=min(timeout, 15.0)),
            verify=_certificates(),
            headers={"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": f"dandi-tui/{__version__}"},
            follow_redirects=False,
            trust_env=True,
        )

    @property
    def own_headers(self) -> dict[str, str]:
        """What the instance's own origin needs to know who asks; for no other origin."""
        return {"Authorization": f"token {self._key}"} if self._key else {}

    async def close(self) -> None:
        """Ends all connections."""
        await self._client.aclose()

    async def get(self, path: str, kind: type[T], params: Mapping[str, Any] | None = None) -> T:
        """Reads JSON of a known shape.

        Args:
            path: A path below the API's address, or an absolute address of the same origin.
            kind: What the answer is decoded to.
            params: The query; None values are left out.

        Raises:
            ArchiveError: The request failed; its kind says how.
        """
        asked = Asked("GET", path, params)
        return _of_kind(await self._persist(asked), kind, asked.subject)

    async def location(self, path: str, params: Mapping[str, Any] | None = None) -> str:
        """The address that a request is redirected to; the redirect is not followed.

        Raises:
            ArchiveError: The request failed, or is not redirected.
        """
        asked = Asked("GET", path, params, follow=False)
        response = await self._persist(asked)
        target = response.headers.get("location", "")
        if not target:
            raise UnexpectedAnswerError("the archive names no address to download from", subject=asked.subject)
        try:
            address = str(urljoin(str(response.url), target))
        except ValueError as error:
            raise UnexpectedAnswerError("the archive sends us to what is no address", subject=asked.subject) from error
        if leads_inside(address, self.instance.origin):
            raise UnexpectedAnswerError("the archive sends us to an address within this network; not followed", subject=asked.subject)
        return address

    @overload
    async def send(
        self,
        method: str,
        path: str,
        body: object = ...,
        kind: None = ...,
        *,
        params: Mapping[str, Any] | None = ...,
        repeatable: bool | None = ...,
        once: bool = ...,
    ) -> None: ...

    @overload
    async def send(
        self,
        method: str,
        path: str,
        body: object,
        kind: type[T],
        *,
        params: Mapping[str, Any] | None = ...,
        repeatable: bool | None = ...,
        once: bool = ...,
    ) -> T: ...

    async def send(
        self,
        method: str,
        path: str,
        body: object = None,
        kind: type[T] | None = None,
        *,
        params: Mapping[str, Any] | None = None,
        repeatable: bool | None = None,
        once: bool = False,
    ) -> T | None:
        """Writes: sends JSON and reads the answer.

        Tried again are requests that were not sent or not taken up (no connection, 429, 503 that names a time), and repeatable
        ones after any failure of the way or the server. A redirect is never followed: it would drop the body.

        Args:
            method: POST, PUT or DELETE.
            path: A path below the API's address; the slash at its end is added where it is missing.
            body: What is sent as JSON; None sends no body.
            kind: What the answer is decoded to; None for answers that say nothing (204, `null`), and None is then returned.
            params: The query; None values are left out.
            repeatable: Whether doing it twice is the same as doing it once; by default so for PUT and DELETE.
            once: Whether it is sent a single time: the caller looks before each further try.

        Raises:
            ArchiveError: The request failed; `fields` says what is wrong where, `location` is the answer's header, and
                `maybe_done` is true where a broken connection hides whether the archive did it.
        """
        again = method in {"PUT", "DELETE"} if repeatable is None else repeatable
        data = None if body is None else msgspec.json.encode(body)
        asked = Asked(method, path if path.endswith("/") else f"{path}/", params, data, follow=False, repeatable=again, once=once)
        response = await self._persist(asked)
        if 300 <= response.status_code < 400:
            raise UnexpectedAnswerError("the archive sends this writing elsewhere; not followed", subject=asked.subject, status=response.status_code)
        return None if kind is None else _of_kind(response, kind, asked.subject)

    async def _persist(self, asked: Asked) -> httpx.Response:
        uncertain = False
        tries = 1 if asked.once else self._retry.tries
        for tried in range(tries):
            pause: float | None = None
            try:
                response = await self._once(asked)
            except httpx.HTTPError as error:
                sent = not isinstance(error, _NOT_SENT)
                failure: ArchiveError = unreachable(error, self.instance, asked.subject)
            else:
                if response.status_code < 400 or (uncertain and asked.method == "DELETE" and response.status_code == 404):
                    return response
                failure = self._refusal(response, asked.subject)
                if response.status_code not in _TRIED_AGAIN:
                    raise failure
                pause = retry_after(response.headers.get("retry-after"), datetime.now(UTC))
                sent = not (response.status_code == 429 or (response.status_code == 503 and pause is not None))
            uncertain = uncertain or sent
            if tried + 1 == tries or (sent and not asked.repeatable):
                raise _unsure(failure) if uncertain and asked.method != "GET" else failure
            await self._wait(tried, pause, failure, asked.subject)
        raise AssertionError("unreachable: the last try returns or raises")

    def _refusal(self, response: httpx.Response, subject: str) -> ArchiveError:
        kind, target = response.headers.get("content-type", ""), response.headers.get("location", "")
        return refusal(response.status_code, response.content, kind, subject=subject, has_key=self._key is not None, location=target)

    async def _wait(self, tried: int, asked: float | None, failure: ArchiveError, subject: str) -> None:
        seconds = self._retry.wait(tried, asked, random.random())  # noqa: S311 (jitter keeps no secret)
        if self._on_wait:
            self._on_wait(Waiting(subject, failure.what, seconds, tried + 1, self._retry.tries))
        await asyncio.sleep(seconds)

    async def _once(self, asked: Asked) -> httpx.Response:
        address = asked.path if asked.path.startswith(("http://", "https://")) else self.instance.api_url + asked.path
        given = {name: value for name, value in (asked.params or {}).items() if value is not None} or None
        for _ in range(_MOST_REDIRECTS):
            self._check_origin(address, asked.subject)
            response = await self._send(asked, address, given)
            if not asked.follow or response.status_code not in {301, 302, 307, 308}:
                return response
            address, given = urljoin(address, response.headers.get("location", "")), None
        raise UnexpectedAnswerError("the archive redirects without end", subject=asked.subject)

    def _check_origin(self, address: str, subject: str) -> None:
        try:
            parts = urlsplit(address)
        except ValueError as error:
            raise UnexpectedAnswerError("the archive sends us to what is no address", subject=subject) from error
        if f"{parts.scheme}://{parts.netloc}" != self.instance.origin:
            raise UnexpectedAnswerError(f"the archive sends us to another server, {parts.netloc}; not followed", subject=subject)

    async def _send(self, asked: Asked, address: str, params: Mapping[str, Any] | None) -> httpx.Response:
        headers = self.own_headers if asked.body is None else {**self.own_headers, "Content-Type": "application/json"}
        try:
            request = self._client.build_request(asked.method, address, params=params, headers=headers, content=asked.body)
        except UnicodeEncodeError as error:
            raise UsageError("this holds bytes that are no text in UTF-8, and can't be asked for", subject=asked.subject) from error
        except httpx.InvalidURL as error:
            raise UnexpectedAnswerError("the archive sends us to what is no address", subject=asked.subject) from error
        async with self._slots:
            began = time.monotonic()
            response = await self._client.send(request, stream=True)
            _log.debug("%s: %s after %.0f ms", asked.subject, response.status_code, 1000 * (time.monotonic() - began))
            try:
                body = await _body(response, asked.subject)
            finally:
                await response.aclose()
        made = httpx.Response(response.status_code, request=request, content=body)
        for name in ("content-type", "location", "retry-after"):
            made.headers[name] = response.headers.get(name, "").encode("ascii", "replace").decode()
        return made


async def _body(response: httpx.Response, subject: str) -> bytes:
    """What was sent, unpacked: never more than the archive's longest answers take, however little it takes to send more.

    Raises:
        UnexpectedAnswerError: It is longer, or packed in another way than was asked for.
    """
    packed = response.headers.get("content-encoding", "").strip().lower()
    if packed not in {"", "identity", "gzip"}:
        raise UnexpectedAnswerError("the answer is packed in a way that was not asked for", subject=subject)
    machine = zlib.decompressobj(31) if packed == "gzip" else None
    body = bytearray()
    async for chunk in response.aiter_raw():
        try:
            body += machine.decompress(chunk, _LARGEST + 1 - len(body)) if machine else chunk
        except zlib.error as error:
            raise httpx.DecodingError(str(error), request=response.request) from error
        if len(body) > _LARGEST:
            raise UnexpectedAnswerError("the answer is larger than any that the archive gives", subject=subject)
    return bytes(body)


def decoded(data: bytes | msgspec.Raw, kind: type[T], subject: str, status: int | None = None) -> T:
    """JSON as what it must be.

    Raises:
        UnexpectedAnswerError: It is none, or something else.
    """
    try:
        return msgspec.json.decode(data, type=kind)
    except ValueError as error:
        raise UnexpectedAnswerError(f"the answer has another shape than the archive's: {error}", subject=subject, status=status) from error
    except RecursionError as error:
        raise UnexpectedAnswerError("the answer is nested deeper than the archive's are", subject=subject, status=status) from error


def _of_kind(response: httpx.Response, kind: type[T], subject: str) -> T:
    content_type = response.headers.get("content-type", "")
    if "json" not in content_type:
        raise not_an_archive(response.content, content_type, subject=subject, status=response.status_code)
    return decoded(response.content, kind, subject, response.status_code)


def _unsure(failure: ArchiveError) -> ArchiveError:
    failure.maybe_done = True
    failure.remedy = "The archive may have done it all the same: look before you try again."
    return failure


def _certificates() -> ssl.SSLContext:
    """The certificates that the environment names, as curl and requests read them; else the usual ones."""
    for variable in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        path = os.environ.get(variable)
        if path and os.path.exists(path):  # noqa: PTH110
            folder = os.path.isdir(path)  # noqa: PTH112
            return _context("" if folder else path, path if folder else "")
    return _context("", os.environ.get("SSL_CERT_DIR", ""))


@lru_cache(maxsize=4)
def _context(file: str, folder: str) -> ssl.SSLContext:
    """All clients of a process share it, since reading the certificates takes longer than a request."""
    if file or folder:
        return ssl.create_default_context(cafile=file or None, capath=folder or None)
    return httpx.create_ssl_context(trust_env=False)


def unreachable(error: httpx.HTTPError, instance: Instance, subject: str) -> UnreachableError:
    """A failure of the way to the archive, in words."""
    host = urlsplit(instance.api_url).netloc
    words = str(error)
    if isinstance(error, httpx.TimeoutException):
        what, remedy = f"{host} does not answer in time", "Try again, or look at the network."
    elif "CERTIFICATE" in words.upper() or "SSL" in words.upper():
        what = f"the secure connection to {host} fails: {words}"
        remedy = "Behind a proxy of your institute, name its certificates in SSL_CERT_FILE."
    elif "Name or service" in words or "resolution" in words or "getaddrinfo" in words or "nodename" in words:
        what, remedy = f"there is no host {host}, or no network", "Check the name, the network and HTTPS_PROXY."
    elif isinstance(error, httpx.ConnectError):
        what, remedy = f"{host} can't be reached: {words}", "Check the network, and HTTPS_PROXY if you need a proxy."
    else:
        what, remedy = f"the connection to {host} broke: {words or type(error).__name__}", "Try again."
    return UnreachableError(what, subject=subject, remedy=remedy)
