"""Bulk bytes: one file from a signed address into a file, going on where a former try ended. No key comes here."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3

from dandi_tui import __version__
from dandi_tui.errors import NotFoundError, TransferError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_CHUNK = 2**20


class ExpiredAddressError(TransferError):
    """The signed address is not good any more: the archive must be asked for another."""


class CancelledTransferError(TransferError):
    """The person cancelled; what has arrived stays."""


def pool_for(address: str, jobs: int) -> urllib3.PoolManager:
    """Connections for addresses like this one, through the environment's proxy and with its certificates."""
    parts = urlsplit(address)
    bundle = os.environ.get("SSL_CERT_FILE") or os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    options = {"maxsize": jobs, "timeout": urllib3.Timeout(connect=15, read=30), "retries": False, "ca_certs": bundle}
    proxy = getproxies().get(parts.scheme)
    if proxy and not proxy_bypass(parts.hostname or ""):
        return urllib3.ProxyManager(proxy, **options)  # type: ignore[arg-type]
    return urllib3.PoolManager(**options)  # type: ignore[arg-type]


def fetch(
    pool: urllib3.PoolManager,
    address: str,
    part: Path,
    *,
    size: int,
    take: Callable[[bytes], None],
    stopped: Callable[[], bool],
) -> None:
    """Brings the bytes that `part` lacks, and appends them.

    Args:
        pool: The connections.
        address: The signed address.
        part: The partial file; what is in it is kept.
        size: How many bytes the whole has.
        take: Is given the bytes as they pass.
        stopped: Whether to stop.

    Raises:
        ExpiredAddressError: The address is not good any more.
        UnreachableError: The connection broke, or gave other bytes than asked for; trying again may help.
        CancelledTransferError: `stopped` said so.
    """
    have = part.stat().st_size if part.exists() else 0
    headers = {"User-Agent": f"dandi-tui/{__version__}", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    try:
        response = pool.request("GET", address, headers=headers, preload_content=False, redirect=False)
        try:
            _check(response, address, have, size)
            _append(response, part, size=size, take=take, stopped=stopped)
        finally:
            response.release_conn()
    except urllib3.exceptions.HTTPError as error:
        raise UnreachableError(f"the connection broke: {error}", subject=urlsplit(address).netloc) from error


def _check(response: urllib3.BaseHTTPResponse, address: str, have: int, size: int) -> None:
    host = urlsplit(address).netloc
    if response.status in {400, 401, 403}:
        raise ExpiredAddressError(f"the store refuses the address (status {response.status})", subject=host)
    if response.status == 404:
        raise NotFoundError("the store has no such object", subject=host, status=404)
    if response.status >= 400:
        raise UnreachableError(f"the store failed (status {response.status})", subject=host, status=response.status)
    if have and response.status == 200:
        raise UnreachableError("the server ignores Range: it can't go on where it ended", subject=host, status=200)
    if have:
        match = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", response.headers.get("Content-Range", ""))
        if match is None or int(match[1]) != have or match[3] not in {"*", str(size)}:
            raise UnreachableError("the server gave another range than asked for", subject=host)


def _append(
    response: urllib3.BaseHTTPResponse,
    part: Path,
    *,
    size: int,
    take: Callable[[bytes], None],
    stopped: Callable[[], bool],
) -> None:
    with part.open("ab") as file:
        while chunk := response.read(_CHUNK):
            if stopped():
                raise CancelledTransferError("cancelled; what has arrived stays")
            if file.tell() + len(chunk) > size:
                raise UnreachableError("the server gave more bytes than the archive promised")
            file.write(chunk)
            take(chunk)
        file.flush()
        os.fsync(file.fileno())
        if file.tell() < size:
            raise UnreachableError(f"the connection ended after {file.tell()} of {size} bytes")
