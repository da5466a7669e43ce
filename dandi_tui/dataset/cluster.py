"""A Dask cluster as the place where files are read: the same functions as on one machine, over many (extra `dask`)."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dandi_tui.errors import DandiTuiError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

_PATIENCE = 30


@contextmanager
def scheduler(address: str | None) -> Iterator[Executor | None]:
    """The executor of a Dask cluster; None without an address.

    The workers must have this program installed, and see the files under the same paths.

    Args:
        address: The scheduler's, as `tcp://node1:8786`; or the path of its scheduler file.

    Raises:
        UsageError: The extra `dask` is not installed.
        DandiTuiError: The scheduler can't be reached.
    """
    if address is None:
        yield None
        return
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError("a scheduler needs Dask, which is not installed", remedy="pip install 'dandi-tui[dask]'") from error
    client = _connected(Client, address)
    try:
        # A worker that a file kills is tried again by the scheduler: the pool finds the file that did it, so once more is enough.
        yield client.get_executor(pure=False, retries=1)
    finally:
        client.close()


def _connected(client: type, address: str) -> Any:  # noqa: ANN401 (a distributed.Client)
    file = {"scheduler_file": address} if address.endswith(".json") else {"address": address}
    try:
        return client(**file, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError, TypeError, TimeoutError) as error:
        remedy = "Is it running, and reachable from here? Give the address that it printed, as tcp://node1:8786."
        raise DandiTuiError(f"no Dask scheduler answers: {error}", subject=address, remedy=remedy) from error
