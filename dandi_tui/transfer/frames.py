"""The words between the worker and whoever attaches: msgpack frames of typed structs over a Unix socket.

Each frame is its length as four bytes, the most significant first, and one message. A request carries a number that its
`Answered` repeats. Nothing in a frame is executed, and frames over `LARGEST` are refused.
"""

from __future__ import annotations

import asyncio
import struct
from typing import Any

import msgspec

from dandi_tui.transfer.model import Coming, FileSpec, FileView, JobSpec, JobView, Limits, LogLine, State

PROTOCOL = 3
LARGEST = 64 * 2**20
BATCH = 2000
"""Files in one frame."""


class Request(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Something that is asked of the worker; `seq` is repeated by its answer."""

    seq: int = 0


class Hello(Request, frozen=True):
    """The first frame: which protocol the caller speaks."""

    protocol: int = PROTOCOL


class UseKey(Request, frozen=True):
    """The key of an archive, kept in the worker's memory alone; jobs that were paused for want of it go on."""

    api_url: str
    key: str


class OpenJob(Request, frozen=True):
    """Begins to hand over a job; answered with its number. It is not done before `BeginJob`."""

    spec: JobSpec


class AddFiles(Request, frozen=True):
    """More files of a job that is being handed over."""

    job: int
    files: list[FileSpec]


class BeginJob(Request, frozen=True):
    """All files were handed over: from here on the job is the worker's."""

    job: int


class Watch(Request, frozen=True):
    """Changes are told from now on, beginning with how everything stands.

    Attributes:
        job: Only this job's, each change of each file; 0: all jobs, and of their files those that run, wait or failed.
    """

    job: int = 0


class Steer(Request, frozen=True):
    """Pauses, resumes, cancels, retries, clears, or moves (`first`, `up`, `down`) jobs or single files.

    Of files whose place another has, `keep` leaves that one, `replace` takes its place. With neither jobs nor files all jobs are meant.
    """

    action: str
    jobs: list[int] = []
    files: list[int] = []


class SetLimits(Request, frozen=True):
    """Limits of a job, or of all together for job 0: files side by side, bytes a second (0: none). None: as it is."""

    job: int = 0
    jobs: int | None = None
    rate: int | None = None


class ListFiles(Request, frozen=True):
    """Files of a job in the job's order, those in `states` or all."""

    job: int
    states: list[State] = []
    offset: int = 0
    limit: int = BATCH


class ListComing(Request, frozen=True):
    """What downloads are bringing at or below a folder, of files with a higher number than `after`; told in batches."""

    root: str
    after: int = 0


class ReadLog(Request, frozen=True):
    """The log of a file."""

    file: int


class Stop(Request, frozen=True):
    """The worker ends; what runs goes on with the next one."""


Asked = Hello | UseKey | OpenJob | AddFiles | BeginJob | Watch | Steer | SetLimits | ListFiles | ListComing | ReadLog | Stop


class Told(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Something that the worker tells."""


class Answered(Told, frozen=True):
    """The answer to a request.

    Attributes:
        seq: The request's number.
        error: Why it was refused; empty when it was done.
        job: The number of a new job.
        count: How many jobs or files it touched.
        files: What was asked for.
        lines: What was asked for.
        coming: What was asked for.
    """

    seq: int
    error: str = ""
    job: int = 0
    count: int = 0
    files: list[FileView] = []
    lines: list[LogLine] = []
    coming: list[Coming] = []


class Welcome(Told, frozen=True):
    """The answer to `Hello`: who the worker is, and what a person should know of it."""

    seq: int
    protocol: int
    version: str
    pid: int
    host: str
    notices: list[str] = []
    jobs: int = 0
    rate: int = 0


class Changed(Told, frozen=True):
    """How jobs and files stand now; `gone` are the numbers of jobs that were cleared.

    Attributes:
        notices: What a person should know of the journal; None: as it was told last.
        first: Whether this is how everything stands, so that what was known before is void.
        limits: What holds over all jobs; told with how everything stands.
    """

    jobs: list[JobView] = []
    files: list[FileView] = []
    gone: list[int] = []
    notices: list[str] | None = None
    first: bool = False
    limits: Limits | None = None


Telling = Answered | Welcome | Changed

_ENCODER = msgspec.msgpack.Encoder()
ASKED: msgspec.msgpack.Decoder[Asked] = msgspec.msgpack.Decoder(Asked)
TELLING: msgspec.msgpack.Decoder[Telling] = msgspec.msgpack.Decoder(Telling)


def frame(message: Request | Told) -> bytes:
    """A message as bytes."""
    body = _ENCODER.encode(message)
    return struct.pack(">I", len(body)) + body


async def read_frame(reader: asyncio.StreamReader, decoder: msgspec.msgpack.Decoder[Any]) -> Any:  # noqa: ANN401 (as the decoder decodes)
    """The next message; None at the end of the connection.

    Raises:
        msgspec.DecodeError: The frame is too large, or no message.
    """
    try:
        (length,) = struct.unpack(">I", await reader.readexactly(4))
        if length > LARGEST:
            raise msgspec.DecodeError(f"a frame of {length} bytes")
        return decoder.decode(await reader.readexactly(length))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
