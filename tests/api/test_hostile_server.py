"""A server that answers what no archive would: each question ends with an error in words, in little memory, and no key leaves its origin."""

from __future__ import annotations

import gzip
import resource
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar

import pytest
import respx

from dandi_tui.api.client import ArchiveClient
from dandi_tui.api.instances import find_instance
from dandi_tui.api.retry import Retry
from dandi_tui.errors import ArchiveError, NotLoggedInError, RefusedError, ServerError, UnexpectedAnswerError, UnreachableError
from dandi_tui.transfer.download import direct_address

if TYPE_CHECKING:
    from collections.abc import Iterator

JSON = ("Content-Type", "application/json")
KEY = "k" * 40
_SLACK = 200 * 2**10  # of the largest answer, in kB as the system counts memory


class _Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    answer: ClassVar[tuple[int, list[tuple[str, str]], bytes]]

    def do_GET(self) -> None:
        status, headers, body = self.answer
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        """A client that wants no more is no error."""


@pytest.fixture
def server() -> Iterator[type[_Answering]]:
    handler = type("Handler", (_Answering,), {})
    with _Quiet(("127.0.0.1", 0), handler) as found:
        handler.url = f"http://127.0.0.1:{found.server_port}/api"  # type: ignore[attr-defined]
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        yield handler
        found.shutdown()
        thread.join()


def _packed(size: int, layers: int) -> bytes:
    machine = zlib.compressobj(9, zlib.DEFLATED, 31)
    made = b"".join(machine.compress(bytes(2**20)) for _ in range(size // 2**20)) + machine.flush()
    for _ in range(layers - 1):
        made = gzip.compress(made)
    return made


DEEP = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
CASES = {
    "nested without an end": (200, [JSON], DEEP, UnexpectedAnswerError),
    "an error nested without an end": (400, [JSON], DEEP, RefusedError),
    "an error nested deeply": (401, [JSON], b"[" * 950 + b'"x"' + b"]" * 950, NotLoggedInError),
    "a number without an end": (400, [JSON], b'{"x":' + b"9" * 10_000 + b"}", RefusedError),
    "no UTF-8": (200, [JSON], b'{"version":"\xff"}', UnexpectedAnswerError),
    "half a letter": (200, [JSON], b'{"version":"\\ud800"}', UnexpectedAnswerError),
    "a type with controls": (200, [("Content-Type", "text/\x9b31m\xc2html")], b"x", UnexpectedAnswerError),
    "sent to letters": (302, [("Location", "/\u00e9\x80")], b"", UnexpectedAnswerError),
    "sent to no address": (302, [("Location", "http://[::1")], b"", UnreachableError),
    "sent to a file": (302, [("Location", "file:///etc/passwd")], b"", UnexpectedAnswerError),
    "a day of no calendar": (503, [("Retry-After", "Mon, 01 Jan 99999999999 00:00:00 GMT")], b"", ServerError),
    "no gzip": (200, [JSON, ("Content-Encoding", "gzip")], b"nonsense", UnreachableError),
    "another packing": (200, [JSON, ("Content-Encoding", "br")], b"nonsense", UnexpectedAnswerError),
    "a bomb": (200, [JSON, ("Content-Encoding", "gzip")], _packed(2**28, 1), UnexpectedAnswerError),
    "a bomb in a bomb": (200, [JSON, ("Content-Encoding", "gzip, gzip")], _packed(2**26, 2), UnexpectedAnswerError),
}


@pytest.mark.parametrize("name", CASES)
async def test_what_no_archive_answers_is_told_in_words(name: str, server: type[_Answering]) -> None:
    *answer, kind = CASES[name]
    server.answer = tuple(answer)  # type: ignore[assignment]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with ArchiveClient(find_instance(server.url), KEY, retry=Retry(tries=2, base=0.001)) as client:  # type: ignore[attr-defined]
        with pytest.raises(ArchiveError) as caught:
            await client.info()
    assert type(caught.value) is kind
    assert KEY not in str(caught.value)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < _SLACK


@pytest.mark.parametrize("following", ["http://[::1", "http://127.0.0.1/\x01", "https://api.dandiarchive.org/api/dandisets/", "file:///etc/passwd"])
async def test_a_next_page_that_is_none_of_the_archive_is_told_in_words(following: str, server: type[_Answering]) -> None:
    server.answer = (200, [JSON], b'{"results": [], "next": "%s"}' % following.replace("\x01", "\\u0001").encode())
    async with ArchiveClient(find_instance(server.url), KEY, retry=Retry(tries=1)) as client:  # type: ignore[attr-defined]
        with pytest.raises(ArchiveError) as caught:
            [one async for page in client.versions("000001").pages() for one in page]
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("record", [b"[]", b'{"path": 1}', DEEP])
async def test_a_place_that_is_none_is_told_in_words(record: bytes, server: type[_Answering]) -> None:
    server.answer = (200, [JSON], b'{"results": [{"type": "asset", "resource": %s}]}' % record)
    async with ArchiveClient(find_instance(server.url), KEY, retry=Retry(tries=1)) as client:  # type: ignore[attr-defined]
        with pytest.raises(UnexpectedAnswerError):
            await client.at_path("000001", "draft", "a.nwb")


async def test_an_answer_that_is_packed_is_read(server: type[_Answering]) -> None:
    server.answer = (200, [JSON, ("Content-Encoding", "gzip")], gzip.compress(b'{"version": "1"}'))
    async with ArchiveClient(find_instance(server.url), KEY) as client:  # type: ignore[attr-defined]
        assert (await client.info()).version == "1"


@pytest.mark.parametrize(("own", "inside"), [("https://archive.example", True), ("http://127.0.0.1:8000", False)])
@pytest.mark.parametrize("target", ["http://127.0.0.1:8080/admin", "http://[::1]/", "http://169.254.169.254/latest", "http://localhost/", "http://2130706433/"])
async def test_an_archive_of_the_world_sends_nobody_into_their_own_network(own: str, inside: bool, target: str) -> None:
    instance = find_instance(f"{own}/api")
    metadata = {"access": [{"status": "dandi:OpenAccess"}], "contentUrl": [target.replace("http:", "https:"), "https://store.example/blob"]}
    assert direct_address(metadata, instance).startswith("https://store.example" if inside else target.replace("http:", "https:"))
    with respx.mock() as router:
        router.get(f"{own}/api/assets/1/download/").respond(302, headers={"Location": target})
        async with ArchiveClient(instance, retry=Retry(tries=1)) as client:
            if inside:
                with pytest.raises(UnexpectedAnswerError, match="within this network"):
                    await client.download_address("1")
            else:
                assert await client.download_address("1") == target
