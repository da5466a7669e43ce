"""Requests to the archive: time-outs, retries, errors in words. The only module that knows the HTTP library."""

from __future__ import annotations

import asyncio
import os
import random
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urljoin, urlsplit

import httpx
import msgspec

from dandi_tui import __version__
from dandi_tui.api.answers import not_an_archive, refusal
from dandi_tui.errors import ArchiveError, UnexpectedAnswerError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dandi_tui.api.instances import Instance

T = TypeVar("T")
_TRIED_AGAIN = frozenset({429, 500, 502, 503, 504})
_LARGEST = 64 * 2**20
_MOST_REDIRECTS = 5


class Retry(msgspec.Struct, frozen=True):
    """How often and how patiently a reading request is tried again.

    Attributes:
        tries: Tries in all.
        base: Seconds that the longest wait after the first try has; doubled by each try.
        longest: Seconds that no wait exceeds, whatever the archive asks for.
    """

    tries: int = 5
    base: float = 0.5
    longest: float = 30.0

    def wait(self, tried: int, asked: float | None, jitter: float) -> float:
        """Seconds to wait after `tried` tries: what the archive asked for, else a random part of a growing span."""
        if asked is not None:
            return min(asked, self.longest)
        return jitter * min(self.longest, self.base * 2.0**tried)


class Waiting(msgspec.Struct, frozen=True):
    """A request that will be tried again: why, and in how many seconds."""

    subject: str
    reason: str
    seconds: float
    tried: int
    tries: int


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for, as a number or as a date; None when it means nothing."""
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(value) - now).total_seconds())
    except (ValueError, TypeError):
        return None


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
            headers={"Accept": "application/json", "User-Agent": f"dandi-tui/{__version__}"},
            follow_redirects=False,
            trust_env=True,
        )

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
        subject = f"GET {urlsplit(path).path}"
        response = await self._persist("GET", path, params, subject)
        content_type = response.headers.get("content-type", "")
        if "json" not in content_type:
            raise not_an_archive(response.content, content_type, subject=subject, status=response.status_code)
        try:
            return msgspec.json.decode(response.content, type=kind)
        except msgspec.DecodeError as error:
            raise UnexpectedAnswerError(f"the answer has another shape than the archive's: {error}", subject=subject, status=response.status_code) from error

    async def location(self, path: str, params: Mapping[str, Any] | None = None) -> str:
        """The address that a request is redirected to; the redirect is not followed.

        Raises:
            ArchiveError: The request failed, or is not redirected.
        """
        subject = f"GET {path}"
        response = await self._persist("GET", path, params, subject, follow=False)
        target = response.headers.get("location", "")
        if not target:
            raise UnexpectedAnswerError("the archive names no address to download from", subject=subject)
        return str(urljoin(str(response.url), target))

    async def _persist(self, method: str, path: str, params: Mapping[str, Any] | None, subject: str, *, follow: bool = True) -> httpx.Response:
        for tried in range(self._retry.tries):
            asked: float | None = None
            try:
                response = await self._once(method, path, params, subject, follow=follow)
            except httpx.HTTPError as error:
                failure: ArchiveError = unreachable(error, self.instance, subject)
            else:
                if response.status_code < 400:
                    return response
                failure = refusal(
                    response.status_code,
                    response.content,
                    response.headers.get("content-type", ""),
                    subject=subject,
                    has_key=self._key is not None,
                )
                if response.status_code not in _TRIED_AGAIN:
                    raise failure
                asked = retry_after(response.headers.get("retry-after"), datetime.now(UTC))
            if tried + 1 == self._retry.tries:
                raise failure
            await self._wait(tried, asked, failure, subject)
        raise AssertionError("unreachable: the last try returns or raises")

    async def _wait(self, tried: int, asked: float | None, failure: ArchiveError, subject: str) -> None:
        seconds = self._retry.wait(tried, asked, random.random())  # noqa: S311 (jitter keeps no secret)
        if self._on_wait:
            self._on_wait(Waiting(subject, failure.what, seconds, tried + 1, self._retry.tries))
        await asyncio.sleep(seconds)

    async def _once(self, method: str, path: str, params: Mapping[str, Any] | None, subject: str, *, follow: bool) -> httpx.Response:
        address = path if path.startswith(("http://", "https://")) else self.instance.api_url + path
        given = {name: value for name, value in (params or {}).items() if value is not None} or None
        for _ in range(_MOST_REDIRECTS):
            self._check_origin(address, subject)
            response = await self._send(method, address, given, subject)
            if not follow or response.status_code not in {301, 302, 307, 308}:
                return response
            address, given = urljoin(address, response.headers.get("location", "")), None
        raise UnexpectedAnswerError("the archive redirects without end", subject=subject)

    def _check_origin(self, address: str, subject: str) -> None:
        parts = urlsplit(address)
        if f"{parts.scheme}://{parts.netloc}" != self.instance.origin:
            raise UnexpectedAnswerError(f"the archive sends us to another server, {parts.netloc}; not followed", subject=subject)

    async def _send(self, method: str, address: str, params: Mapping[str, Any] | None, subject: str) -> httpx.Response:
        headers = {"Authorization": f"token {self._key}"} if self._key else {}
        request = self._client.build_request(method, address, params=params, headers=headers)
        async with self._slots:
            response = await self._client.send(request, stream=True)
            try:
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > _LARGEST:
                        raise UnexpectedAnswerError("the answer is larger than any that the archive gives", subject=subject)
            finally:
                await response.aclose()
        made = httpx.Response(response.status_code, request=request, content=bytes(body))
        made.headers["content-type"] = response.headers.get("content-type", "")
        for name in ("location", "retry-after"):
            if name in response.headers:
                made.headers[name] = response.headers[name]
        return made


def _certificates() -> ssl.SSLContext | bool:
    """The certificates that the environment names, as curl and requests read them; else the usual ones."""
    for variable in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        path = os.environ.get(variable)
        if path and os.path.exists(path):  # noqa: PTH110
            folder = os.path.isdir(path)  # noqa: PTH112
            return ssl.create_default_context(capath=path) if folder else ssl.create_default_context(cafile=path)
    if folder_name := os.environ.get("SSL_CERT_DIR"):
        return ssl.create_default_context(capath=folder_name)
    return True


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
