"""The process that looks at metadata, and how it is asked. It is started when something is to be validated."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING, Any, Self

import msgspec

from dandi_tui.demo import metadata

if TYPE_CHECKING:
    from types import TracebackType

Problem = dict[str, str]


class Validator:
    """Asks the process. It ends with its standard input, and so never outlives the server.

    Args:
        origin: Scheme, host and port of the archive.
    """

    def __init__(self, origin: str) -> None:
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.upper().startswith("DANDI_")},
            "DANDI_INSTANCE_NAME": metadata.INSTANCE,
            "DANDI_INSTANCE_URL": f"{origin}/",
            "DANDI_INSTANCE_IDENTIFIER": "RRID:SCR_017571",
            "DANDI_DOI_PREFIX": metadata.DOI_PREFIX,
        }
        self._process: asyncio.subprocess.Process | None = None
        self._one_at_a_time = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        if self._process and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def problems(self, model: str, documents: list[dict[str, Any]]) -> list[list[Problem]]:
        """What is wrong with each of some documents of a model.

        Raises:
            OSError: The process can't be started, or ended.
        """
        async with self._one_at_a_time:
            process = await self._running()
            assert process.stdin is not None  # noqa: S101 (as it was started)
            assert process.stdout is not None  # noqa: S101
            question = msgspec.json.encode({"model": model, "documents": documents})
            try:
                process.stdin.write(len(question).to_bytes(4, "big") + question)
                await process.stdin.drain()
                length = int.from_bytes(await process.stdout.readexactly(4), "big")
                found: list[list[Problem]] = msgspec.json.decode(await process.stdout.readexactly(length))
            except asyncio.IncompleteReadError as error:
                raise OSError("the process that validates metadata has ended") from error
            except asyncio.CancelledError:
                process.kill()
                raise
            return found

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-P", "-m", "dandi_tui.demo.background.schema_process",
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=self._environment,
            )  # fmt: skip
        return self._process
