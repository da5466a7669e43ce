"""The store whose name is not found for a while, in the midst of a job: tried again, then waited for, said in a plain sentence."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import pytest
from between import between
from transferring import engine_at, planned, submit, until_over, views

from dandi_tui.api.instances import find_instance
from dandi_tui.transfer import bringing
from dandi_tui.transfer.connections import Pools, words_of_break
from dandi_tui.transfer.model import State
from dandi_tui.transfer.plan import order_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Archive


async def _until(condition: Callable[[], Any], what: str) -> None:
    for _ in range(6000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"waited in vain for {what}")


async def test_a_store_whose_name_is_not_found_in_mid_job_is_waited_for(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bringing.random, "random", lambda: 0.01)
    find, lost = socket.getaddrinfo, [False]

    def lookup(host: str | bytes | None, *rest: Any, **more: Any) -> Any:
        if lost[0] and host in {"127.0.0.1", b"127.0.0.1"}:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return find(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    with between(archive) as server:
        api_url = f"{server.origin}/api".replace("127.0.0.1", "localhost")
        plan = await planned(api_url, archive.token, tmp_path / "here", "000002")
        async with engine_at(tmp_path / "journal", {api_url: archive.token}) as engine:
            job = await submit(engine, *order_of(plan, find_instance(api_url), "a test", jobs=1, patience=300))
            await _until(lambda: engine.jobs[job].count(State.DONE) == 1, "the first file")
            lost[0] = True
            await _until(lambda: engine.jobs[job].count(State.WAITING) == 1, "a wait")
            (waiting,) = [file for file in await views(engine, job) if file.state is State.WAITING]
            assert "no network" in waiting.reason
            assert "object at" not in waiting.reason
            assert "Errno" not in waiting.reason
            assert waiting.due
            lost[0] = False
            assert (await until_over(engine, job)).count(State.DONE) == 2


@pytest.mark.parametrize(
    ("address", "words"),
    [("http://nowhere.invalid/x", "there is no host nowhere.invalid, or no network"), ("http://127.0.0.1:9/x", "127.0.0.1:9 takes no connection")],
)
def test_why_a_store_can_not_be_reached_is_a_plain_sentence(address: str, words: str) -> None:
    pools = Pools()
    with pytest.raises(Exception, match="Failed to") as failed:
        pools.pool(address).request("GET", address, redirect=False)
    assert words in words_of_break(failed.value, address.split("/")[2])
    pools.close()
