"""Connections to stores that are kept, direct or through the environment's proxy; each tells the control of the thread that asks on it."""

from __future__ import annotations

import os
import re
import threading
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3

from dandi_tui.log import without_secrets
from dandi_tui.transfer.control import CHUNK, asking_control


class _Http(urllib3.connection.HTTPConnection):
    """A connection that the control of its thread knows of."""

    def request(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 (as the library gives them)
        if control := asking_control():
            control.asks_on(self)
        super().request(*arguments, **options)


class _Https(urllib3.connection.HTTPSConnection):
    """The same, encrypted."""

    def request(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401
        if control := asking_control():
            control.asks_on(self)
        super().request(*arguments, **options)


class _HttpPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _Https


def words_of_break(error: Exception, host: str) -> str:
    """Why a connection could not be made or broke, in a sentence."""
    errors = urllib3.exceptions
    # The library puts one error into another.
    chain = [error, *(one for one in (error.__cause__, *error.args) if isinstance(one, Exception))]
    name = host.rpartition("@")[2]
    if any(isinstance(one, errors.NameResolutionError) for one in chain):
        return f"there is no host {name.partition(':')[0]}, or no network"
    if any(isinstance(one, errors.SSLError) for one in chain):
        return f"the secure connection to {name} fails: {without_secrets(str(error))}"
    if any(isinstance(one, errors.NewConnectionError) for one in chain):
        return f"{name} takes no connection{_system_words(str(error))}"
    if any(isinstance(one, errors.TimeoutError | TimeoutError) for one in chain):
        return f"{name} does not answer in time"
    return f"the connection broke: {without_secrets(str(error))}"


def _system_words(text: str) -> str:
    match = re.search(r"\[Errno -?\d+\] (.+)", text)
    return f" ({match[1].strip('.').lower()})" if match else ""


class Pools:
    """Connections that are kept, one pool for each way there: direct, or through the environment's proxy.

    Args:
        most: Connections kept for each host.
    """

    def __init__(self, most: int = 64) -> None:
        self._most = most
        self._pools: dict[str, urllib3.PoolManager] = {}
        self._lock = threading.Lock()

    def pool(self, address: str) -> urllib3.PoolManager:
        """The connections for an address."""
        parts = urlsplit(address)
        proxy = getproxies().get(parts.scheme) or ""
        if proxy and proxy_bypass(parts.hostname or ""):
            proxy = ""
        with self._lock:
            if proxy not in self._pools:
                self._pools[proxy] = self._made(proxy)
            return self._pools[proxy]

    def _made(self, proxy: str) -> urllib3.PoolManager:
        bundle = os.environ.get("SSL_CERT_FILE") or os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
        options: dict[str, Any] = {
            "maxsize": self._most, "num_pools": 32, "timeout": urllib3.Timeout(connect=15, read=30), "retries": False, "ca_certs": bundle,
            "blocksize": CHUNK,
        }  # fmt: skip
        made = urllib3.ProxyManager(proxy, **options) if proxy else urllib3.PoolManager(**options)
        made.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}
        return made

    def close(self) -> None:
        """Ends all connections."""
        with self._lock:
            for pool in self._pools.values():
                pool.clear()
