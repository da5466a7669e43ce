"""What is done, in which order and by whom, so that each recorded way of writing can be asked again."""

from __future__ import annotations

import base64
import hashlib
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx

from dandi_tui.demo.content import Release, SampleDandiset, SampleFile
from dandi_tui.demo.fill import fill
from dandi_tui.demo.metadata import identifier_of
from dandi_tui.demo.store import users

if TYPE_CHECKING:
    from collections.abc import Callable

    from replay import Replay

    from dandi_tui.demo.background import Background
    from dandi_tui.demo.store import Store

TOKENS = {"alice": "1" * 40, "bob": "2" * 40, "admin": "3" * 40, "pending": "4" * 40, "nobody": "9" * 40}
_PEOPLE = (("alice", "Alice", "Doe", 0, "APPROVED"), ("bob", "Bob", "Roe", 0, "APPROVED"), ("admin", "Ada", "Admin", 1, "APPROVED"))
_USERS = (*_PEOPLE, ("pending", "Pat", "Pending", 0, "PENDING"))
_TIME = datetime(2022, 2, 19, tzinfo=UTC)
_RELEASES = (Release(version="0.261124.0053", notes="First public release."), Release(version="0.261124.0054"))
_TEXT = {"encodingFormat": "text/plain", "dateModified": "2024-05-01T10:00:00-05:00"}
_NWB_PATH = "sub-M01/sub-M01_ses-20240301_ecephys.nwb"


def etag_of(body: bytes) -> str:
    """The etag of a body of one part."""
    return hashlib.md5(hashlib.md5(body).digest()).hexdigest() + "-1"


def base64_md5(body: bytes) -> str:
    return base64.b64encode(hashlib.md5(body).digest()).decode()


class Scenario:
    """The archive, who plays, and what is done beside.

    Args:
        store: The archive's store, which is filled.
        background: What the archive does by itself; held unless it is waited for.
        replay: Which asks.
    """

    def __init__(self, store: Store, background: Background, replay: Replay) -> None:
        self.store, self.background, self.replay = store, background, replay

    def play(self, who: str, names: str, *, loosely: bool = False) -> None:
        """Asks some recorded questions, names with blanks between."""
        for name in names.split():
            self.replay.play(name, who, loosely=loosely)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Asks something beside, as alice; the answer must be good."""
        headers = {"Authorization": f"token {TOKENS['alice']}"}
        answer = self.replay._client.request(method, f"/api/{path}", headers=headers, **({} if body is None else {"json": body}))
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def settle(self, done: Callable[[], bool]) -> None:
        """Lets the archive do what waits, until something is done."""
        self.background.release()
        for _ in range(1200):
            if done():
                break
            time.sleep(0.05)
        else:
            raise AssertionError("the archive did not do what it should")
        self.background.hold()
        time.sleep(self.background.pace)

    def settle_drafts(self) -> None:
        """Waits until all is validated."""
        waiting = "SELECT 1 FROM version WHERE status IN ('Pending', 'Validating')"
        self.settle(lambda: not self.store.has(waiting) and not self.store.has("SELECT 1 FROM blob WHERE sha256 IS NULL"))

    def state(self, identifier: str, status: str) -> None:
        """Sets the status of a draft."""
        self.store.run("UPDATE version SET status = ? WHERE dandiset = ? AND version = 'draft'", status, identifier)

    def send(self, dandiset: str, body: bytes, etag: str = "") -> str:
        """Uploads bytes without validating them; the id of the upload."""
        digest = {"algorithm": "dandi:dandi-etag", "value": etag or etag_of(body)}
        begun = self.ask("POST", "uploads/initialize/", {"dandiset": dandiset, "contentSize": len(body), "digest": digest})
        put = httpx.put(begun["parts"][0]["upload_url"], content=body)
        listed = [{"part_number": 1, "size": len(body), "etag": put.headers["etag"]}]
        told = self.ask("POST", f"uploads/{begun['upload_id']}/complete/", {"parts": listed})
        assert httpx.post(told["complete_url"], content=told["body"]).status_code == 200
        return str(begun["upload_id"])

    def asset(self, dandiset: str, body: bytes, path: str) -> str:
        """Uploads bytes and makes an asset of them; its id."""
        blob = self.ask("POST", f"uploads/{self.send(dandiset, body)}/validate/")["blob_id"]
        made = self.ask("POST", f"dandisets/{dandiset}/versions/draft/assets/", {"blob_id": blob, "metadata": {**_TEXT, "path": path}})
        return str(made["asset_id"])

    def run(self) -> None:
        """Plays all."""
        self._fill()
        self.background.hold()
        for part in (self._register, self._upload, self._assets, self._owners, self._stars, self._zarr, self._embargo, self._edit, self._publish, self._end):
            part()

    def _fill(self) -> None:
        known = enumerate(_USERS, 1)
        users.add(
            self.store,
            [users.User(n, name, first, last, f"{name}@example.org", admin, status, TOKENS[name]) for n, (name, first, last, admin, status) in known],
        )
        edited = {key: value for key, value in self.replay.recorded("version-put-no-token")["request"]["json"]["metadata"].items() if key != "name"}
        nwb = SampleFile(path=_NWB_PATH, size=1000, metadata={"encodingFormat": "application/x-nwb"})
        broken = SampleFile(path="sub-12/broken.nwb", size=10, errors=(("wasAttributedTo.0", "'identifier' is a required property"),))

        def sample(identifier: str, name: str = "A sample", **more: Any) -> SampleDandiset:
            metadata = {**edited, "name": name, "keywords": ["neuroscience"]}
            return SampleDandiset(identifier=identifier, metadata=metadata, owners=("alice",), created=_TIME, modified=_TIME, **more)

        fill(
            self.store,
            [
                sample("000001", files=[nwb], releases=_RELEASES[:1]),
                sample("000002", files=[nwb], releases=_RELEASES),
                sample("000004", "Human single-neuron recordings during a working memory task", files=[nwb]),
                sample("000006", files=[nwb]),
                sample("000007", files=[nwb], errors=(("license", "missing"),)),
                sample("000010", files=[nwb], embargoed=True),
                sample("000011", files=[nwb], releases=_RELEASES[:1]),
                sample("000012", files=[nwb, broken]),
                sample("000013", "Two-photon calcium imaging of layer 2/3 visual cortex, cohort 2"),
                sample("000030"),
            ],
        )
        self.store.insert("zarr", [(identifier_of("zarr"), "z.zarr", "000006", "Complete", "0" * 32 + "-0--0", 0, 0)])

    def _register(self) -> None:
        today = datetime.now(UTC).date()
        self.replay.here |= {"2030-01-31": (today + timedelta(days=400)).isoformat(), "2031-12-31": (today + timedelta(days=800)).isoformat()}
        self.play("alice", "dandiset-create-ok dandiset-create-ok-draft dandiset-create-minimal dandiset-create-minimal-draft dandiset-create-embargo")
        self.play("alice", "dandiset-create-embargo-draft dandiset-create-embargo-funded dandiset-create-embargo-funded-draft")
        self.play("alice", "dandiset-create-embargo-bad-bool dandiset-create-embargo-date-bad dandiset-create-embargo-date-far")
        self.play("alice", "dandiset-create-embargo-no-award dandiset-create-embargo-no-funding dandiset-create-empty-name dandiset-create-metadata-list")
        self.play("alice", "dandiset-create-missing-metadata dandiset-create-missing-name dandiset-create-name-too-long dandiset-create-own-identifier")
        self.play("admin", "dandiset-create-identifier-taken dandiset-create-bad-identifier")
        self.play("", "dandiset-create-no-token")
        self.play("pending", "dandiset-create-pending-user")
        self.play("alice", "redirect-drops-post dandiset-put version-patch version-post")
        for name in ("With a Zarr", "To be deleted"):
            self.ask("POST", "dandisets/", {"name": name, "metadata": {}})
        document = {"description": "d", "license": ["spdx:CC0-1.0"]}
        self.ask("POST", "dandisets/?embargo=true", {"name": "Soon open", "metadata": document})

    def _upload(self) -> None:
        body = (b"one two three four five six seven eight nine ten\n" * 30)[:1040]
        self.replay.bodies["upload-part-put"] = body
        self.replay.here |= {
            "c58379a97893ad4d4afbe7e8b2b03085-1": etag_of(body),
            "8f25da6ba2eaaa905f82cc6d73ec1e16": hashlib.md5(body).hexdigest(),
            "869740ebf3bcac99acd94fb006e2b9ec38e2ba08744d08d24a030e47b1985ff4": hashlib.sha256(body).hexdigest(),
        }
        self.play("alice", "upload-init-ok version-info-active-uploads upload-complete-missing upload-complete-no-parts upload-validate-too-early")
        self.play("", "upload-complete-no-token upload-validate-no-token upload-part-put")
        self.play("alice", "upload-complete upload-complete-unknown upload-complete-xml upload-validate upload-validate-again upload-init-existing")
        self.play("alice", "upload-init-bad-algorithm upload-init-bad-dandiset upload-init-missing-all upload-init-no-digest upload-init-size-zero")
        self.play("alice", "upload-init-size-too-large upload-init-unknown-dandiset upload-init-two-parts upload-init-etag-odd")
        self.play("bob", "upload-init-not-owner upload-init-embargoed-not-owner dandiset-uploads-delete-not-owner")
        self.play("pending", "upload-init-pending")
        self.play("", "upload-init-no-token")
        self.play("alice", "dandiset-uploads-delete")
        self._broken_uploads()
        self.settle_drafts()
        self.play("", "blob-by-etag blob-by-sha256 blob-bad-algorithm blob-missing blob-unknown")

    def _broken_uploads(self) -> None:
        first, second = (self.send("000031", b"sent twice at the same time") for _ in range(2))
        self.ask("POST", f"uploads/{first}/validate/")
        self.replay.here["eb91119f-42e8-454b-a7ae-b465f8e777a5"] = second
        other = b"other bytes than those that were announced"
        self.replay.here["40faef9e-e289-49bd-a0f0-2301bf009b8a"] = self.send("000031", other, "f" * 32 + "-1")
        short = self.send("000031", b"s" * 150)
        self.store.run("UPDATE upload SET size = 155 WHERE upload_id = ?", short)
        self.replay.here["21db100c-28e0-4da6-9b1a-f4a47d689c17"] = short
        self.play("alice", "upload-validate-duplicate upload-validate-etag-mismatch upload-validate-size-mismatch")
        self.ask("DELETE", "dandisets/000031/uploads/")

    def _assets(self) -> None:
        refused = "bad-blob both list-body no-blob no-metadata no-path unknown-blob unknown-dandiset unknown-zarr path-colon path-dots path-double-slash"
        paths = "path-is-folder path-under-file path-leading-slash path-long path-single-dot path-taken path-trailing-slash path-unicode published"
        self.play("alice", "asset-create-ok asset-create-minimal")
        self.play("alice", " ".join(f"asset-create-{name}" for name in f"{refused} {paths}".split()))
        self.play("alice", "asset-create-path-space asset-create-path-backslash asset-create-path-hidden")
        self.play("", "asset-create-no-token")
        self.play("bob", "asset-create-not-owner")
        readme = self.replay.here[self.replay.recorded("asset-create-ok")["response"]["json"]["asset_id"]]
        location = self.replay._client.get(f"/api/assets/{readme}/download/").headers["location"]
        for name in ("store-get", "store-get-range", "store-get-range-beyond", "store-get-text"):
            self.replay.here[self.replay.recorded(name)["request"]["path"]] = location
            self.play("", name, loosely=True)
        self.replay.here["66016721-e4c0-4312-9dd3-7212a2ba6a14"] = identifier_of("000002", _NWB_PATH)
        self.play("alice", "asset-replace-same asset-replace-ok asset-replace-old-id asset-replace-again-old-id asset-replace-no-blob")
        self.play("alice", "asset-replace-path-taken asset-replace-published")
        self.play("bob", "asset-replace-not-owner asset-delete-not-owner")
        self.play("", "asset-delete-no-token")
        self.play("alice", "asset-delete-published asset-delete-global asset-delete asset-delete-again")
        self.play("", "asset-after-delete")
        self.play("alice", "version-info-pending-assets")

    def _owners(self) -> None:
        self.play("alice", "owners-put-bad-chars owners-put-empty owners-put-no-username owners-put-not-list owners-put-unknown")
        self.play("", "owners-put-no-token")
        self.play("bob", "owners-put-not-owner")
        self.play("pending", "owners-put-pending")
        self.play("alice", "owners-put-ok owners-put-pending-as-owner owners-put-remove-other owners-put-remove-self owners-put-after-remove-self")

    def _stars(self) -> None:
        self.play("alice", "star star-again unstar unstar-again star-unknown")
        self.play("", "star-no-token")
        self.play("pending", "star-pending")
        for identifier in ("000001", "000002"):
            self.ask("POST", f"dandisets/{identifier}/star/")
        self.play("alice", "star-then-list", loosely=True)

    def _zarr(self) -> None:
        self.play("alice", "zarr-create zarr-create-again zarr-create-missing zarr-create-unknown-dandiset asset-create-zarr asset-create-zarr-other-dandiset")
        self.play("", "zarr-create-no-token zarr-get-pending asset-info-zarr-pending")
        self.play("bob", "zarr-create-not-owner zarr-files-post-not-owner zarr-files-delete-not-owner zarr-finalize-not-owner")
        self.play("", "zarr-files-post-no-token zarr-finalize-no-token")
        self.play("alice", "zarr-files-post-dotdot zarr-files-post-missing zarr-files-post-not-list")
        asked = self.replay.recorded("zarr-files-post")["request"]["json"]
        bodies = [b'{"zarr_format": 2}', *(str(number).encode() * size for number, size in enumerate((100, 109, 150, 150)))]
        self.replay.here |= {one["base64md5"]: base64_md5(body) for one, body in zip(asked, bodies, strict=True)}
        addresses = self.replay.play("zarr-files-post", "alice").json()
        self.replay.here[self.replay.recorded("zarr-file-put")["request"]["path"]] = addresses[0]
        self.replay.bodies["zarr-file-put"] = bodies[0]
        self.play("", "zarr-file-put")
        for address, body in zip(addresses[1:], bodies[1:], strict=True):
            assert httpx.put(address, content=body, headers={"Content-MD5": base64_md5(body)}).status_code == 200
        self.play("alice", "zarr-finalize zarr-files-post-ingesting zarr-files-delete-ingesting")
        zarr = self.replay.here["52b634e4-fcb0-4233-a605-28990324c008"]
        self.store.run("UPDATE zarr SET status = 'Ingesting' WHERE zarr_id = ?", zarr)
        self.play("", "zarr-get-after-finalize")
        self.store.run("UPDATE zarr SET status = 'Uploaded' WHERE zarr_id = ?", zarr)
        self.settle(lambda: self.store.has("SELECT 1 FROM zarr WHERE zarr_id = ? AND status = 'Complete'", zarr))
        self.play("", "zarr-get-complete")
        self.store.run("UPDATE zarr SET status = 'Ingesting', checksum = NULL WHERE zarr_id = ?", zarr)
        self.play("", "zarr-get-ingesting")
        self.store.run("UPDATE zarr SET status = 'Complete' WHERE zarr_id = ?", zarr)
        self.play("alice", "zarr-finalize-again zarr-files-delete-missing zarr-files-delete")
        self.play("", "zarr-get-after-delete")

    def _embargo(self) -> None:
        self.replay.here["803e45ff-69a8-40d6-b284-c3ac93e89122"] = self.asset("000037", b"x" * 108, "a/b.txt")
        upload = {"dandiset": "000037", "contentSize": 3, "digest": {"algorithm": "dandi:dandi-etag", "value": "open"}}
        self.ask("POST", "uploads/initialize/", upload)
        self.play("alice", "unembargo-active-uploads unembargo-unknown unembargo-not-embargoed")
        self.play("", "unembargo-no-token")
        self.play("bob", "unembargo-not-owner")
        self.ask("DELETE", "dandisets/000037/uploads/")
        self.play("alice", "unembargo dandiset-get-unembargoing unembargo-in-progress unembargoing-asset-delete unembargoing-delete unembargoing-owners-put")
        self.play("alice", "unembargoing-upload unembargoing-version-put unembargoing-zarr")
        valid = "SELECT 1 FROM version WHERE dandiset = '000037' AND status = 'Valid'"
        self.settle(lambda: self.store.has("SELECT 1 FROM dandiset WHERE identifier = '000037' AND embargo_status = 'OPEN'") and self.store.has(valid))
        self.store.run("UPDATE version SET metadata = replace(metadata, '108', '0') WHERE dandiset = '000037'")
        self.play("", "dandiset-get-after-unembargo")
        self.play("", "version-after-unembargo", loosely=True)

    def _edit(self) -> None:
        self.play("alice", "version-put-ok version-put-same version-put-empty-name version-put-empty-object version-put-metadata-not-object")
        self.play("alice", "version-put-metadata-null version-put-missing-metadata version-put-missing-name version-put-name-too-long version-put-not-json")
        self.play("alice", "version-put-unknown-dandiset version-put-unknown version-put-published version-put-wrong-content-type")
        self.play("", "version-put-no-token")
        self.play("nobody", "version-put-wrong-token")
        self.play("bob", "version-put-not-owner")
        self.play("pending", "version-put-pending-user")
        self.settle_drafts()
        self.play("alice", "version-put-after-validation version-put-invalid-content")
        self.settle_drafts()
        self.play("alice", "version-put-invalid-content-info version-put-name-differs")
        self.play("admin", "version-put-admin")

    def _publish(self) -> None:
        same = self.replay.recorded("version-put-while-publishing")["request"]["json"]
        self.ask("PUT", "dandisets/000004/versions/draft/", same)
        self.play("alice", "publish-validation-pending")
        self.state("000004", "Validating")
        self.play("alice", "version-info-validating", loosely=True)
        self.state("000004", "Publishing")
        self.play("alice", "publish-while-publishing-423 dandiset-delete-while-publishing")
        self.play("alice", "version-put-while-publishing version-info-publishing", loosely=True)
        self.state("000004", "Valid")
        self.state("000002", "Validating")
        self.play("alice", "publish-while-validating")
        self.state("000002", "Valid")
        self.play("alice", "publish-invalid-metadata publish-invalid-asset publish-embargoed publish-with-zarr publish-unknown-dandiset")
        self.play("alice", "publish-a-published-version publish-release-notes-too-long")
        self.play("", "publish-no-token")
        self.play("bob", "publish-not-owner")
        self.play("pending", "publish-pending-user")
        self.play("alice", "version-info-before-publish", loosely=True)
        self.play("alice", "publish-ok")
        self.settle(lambda: self.store.has("SELECT 1 FROM version WHERE dandiset = '000002' AND status = 'Published'"))
        self.play("alice", "version-info-after-publish", loosely=True)
        self.play("alice", "publish-nothing-changed")

    def _end(self) -> None:
        self.play("", "dandiset-delete-no-token version-delete-no-token")
        self.play("bob", "dandiset-delete-not-owner")
        self.play("pending", "dandiset-delete-pending")
        self.play("alice", "dandiset-delete-published dandiset-delete-unknown dandiset-delete dandiset-delete-again")
        self.play("alice", "version-delete-draft version-delete-published-owner")
        self.play("admin", "version-delete-published-admin")
        self.play("alice", "auth-token-regenerate", loosely=True)
        self.play("alice", "auth-token-old-refused")
