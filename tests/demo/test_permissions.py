"""Who may do what: every kind of user at every endpoint, by the rules that were recorded of the real archive."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
import pytest

from dandi_tui.demo.background import Background
from dandi_tui.demo.content import Release, SampleDandiset, SampleFile
from dandi_tui.demo.fill import USERS, fill
from dandi_tui.demo.metadata import identifier_of
from dandi_tui.demo.server import serving
from dandi_tui.demo.store import Store, blobs, uploads, users, zarrs

if TYPE_CHECKING:
    from collections.abc import Iterator

LINES = [line.split("\t") for line in Path(__file__).with_name("permissions.tsv").read_text().splitlines()]
KINDS = LINES[0][3:]
# What each kind of user is called here.
NAMES = dict(zip(KINDS, ("", "pending", "incomplete", "rejected", "alice", "demo", "admin"), strict=True))
_TIME = datetime(2024, 1, 1, tzinfo=UTC)
_PATH = "a/b.txt"


class Cell(NamedTuple):
    """A question and who asks it. Each has Dandisets of its own, so that nothing it changes is another's."""

    number: int
    kind: str
    wanted: int
    what: str
    method: str
    address: str

    @property
    def open(self) -> str:
        return f"{self.number:06}"

    @property
    def closed(self) -> str:
        return f"{100_000 + self.number:06}"

    @property
    def published(self) -> str:
        return f"{200_000 + self.number:06}"

    def __str__(self) -> str:
        return f"{self.what}, {self.kind}"


CELLS = [Cell(number * 10 + place, kind, int(line[3 + place]), *line[:3]) for number, line in enumerate(LINES[1:], 1) for place, kind in enumerate(KINDS)]


def _fill(store: Store, cell: Cell) -> None:
    """Makes the Dandisets that a question needs."""
    release = Release(version="0.240101.0000")
    for identifier, more in ((cell.open, {}), (cell.closed, {"embargoed": True}), (cell.published, {"releases": (release,)})):
        file = SampleFile(path=_PATH, size=10, metadata={"encodingFormat": "text/plain"})
        fill(store, [SampleDandiset(identifier=identifier, metadata={"name": "One"}, files=[file], created=_TIME, modified=_TIME, **more)])  # type: ignore[arg-type]
    if "{zarr}" in cell.address:
        zarrs.add(store, zarrs.Zarr(_named("zarr", cell), "z.zarr", cell.open, "Pending", None, 0, 0))
        zarrs.keep_file(store, zarrs.ZarrFile(_named("zarr", cell), ".zgroup", 1, "0" * 32, ""))
    if "{upload}" in cell.address:
        uploads.begin(store, uploads.Upload(_named("upload", cell), cell.open, 1, "etag", 1, "2024-01-01T00:00:00Z", "m"))


def _named(what: str, cell: Cell) -> str:
    return identifier_of(what, cell.open)


def _body(cell: Cell, store: Store) -> Any:
    """What is sent."""
    blob = identifier_of(cell.open, _PATH, "content")
    digest = {"algorithm": "dandi:dandi-etag", "value": f"new {cell.number}"}
    bodies: dict[str, Any] = {
        "blob by digest": {"algorithm": "dandi:dandi-etag", "value": ""},
        "create": {"name": "New", "metadata": {}},
        "create with a number": {"name": "New", "metadata": {"identifier": f"{300_000 + cell.number}"}},
        "edit metadata": {"name": "Edited", "metadata": {"description": "other"}},
        "publish": {},
        "set owners": [{"username": "demo"}],
        "create asset": {"blob_id": blob, "metadata": {"path": "new.txt"}},
        "replace asset": {"blob_id": blob, "metadata": {"path": "moved.txt"}},
        "begin upload": {"dandiset": cell.open, "contentSize": 1, "digest": digest},
        "begin embargoed upload": {"dandiset": cell.closed, "contentSize": 1, "digest": digest},
        "complete upload": {"parts": [{"part_number": 1, "size": 1, "etag": "x"}]},
        "create zarr": {"dandiset": cell.open, "name": "new.zarr"},
        "zarr addresses": [{"path": "new", "base64md5": "x"}],
        "delete zarr files": [{"path": ".zgroup"}],
    }
    if cell.what == "blob by digest":
        found = blobs.get(store, blob)
        assert found
        bodies[cell.what]["value"] = found.etag
    return bodies.get(cell.what)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = Store(tmp_path_factory.mktemp("permissions"))
    users.add(made, USERS)
    for cell in CELLS:
        _fill(made, cell)
    yield made
    made.close()


@pytest.fixture(scope="module")
def client(store: Store) -> Iterator[httpx.Client]:
    background = Background()
    background.hold()
    with serving(store, background) as origin, httpx.Client(base_url=f"{origin}/api/") as made:
        yield made


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_each_kind_of_user_may_do_what_the_rules_say(cell: Cell, store: Store, client: httpx.Client) -> None:
    user = users.by_username(store, NAMES[cell.kind])
    names = {
        "open": cell.open, "closed": cell.closed, "published": cell.published, "zarr": _named("zarr", cell), "upload": _named("upload", cell),
        "asset": identifier_of(cell.open, _PATH), "closed_asset": identifier_of(cell.closed, _PATH),
    }  # fmt: skip
    body = _body(cell, store)
    headers = {"Authorization": f"token {user.token}"} if user else {}
    answer = client.request(cell.method, cell.address.format(**names), headers=headers, **({} if body is None else {"json": body}))
    assert answer.status_code == cell.wanted, answer.text


def test_a_user_without_approval_is_refused_also_what_does_not_exist(client: httpx.Client) -> None:
    headers = {"Authorization": f"token {'c' * 40}"}
    for method, address in (("PUT", "dandisets/999999/versions/draft/"), ("POST", f"uploads/{uuid.uuid4()}/validate/"), ("DELETE", "dandisets/999999/")):
        assert client.request(method, address, headers=headers).status_code == 403


def test_a_new_key_ends_the_old_one(client: httpx.Client, store: Store) -> None:
    user = users.by_username(store, "alice")
    assert user
    old = {"Authorization": f"token {user.token}"}
    new = client.post("auth/token/", headers=old).json()
    assert client.get("users/me/", headers=old).status_code == 401
    assert client.get("users/me/", headers={"Authorization": f"Token {new}"}).json()["username"] == "alice"
