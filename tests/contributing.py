"""A Dandiset with a file, made through the archive's API: for tests that publish, share and delete."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Any

import httpx
from conftest import TOKENS

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Archive

DESCRIPTION = "Whiskers of mice that touch things, filmed and counted, with the spikes that go with them in four areas of the cortex of twelve mice."


class Owner:
    """An owner at an archive.

    Args:
        archive: The archive.
        who: The user.
    """

    def __init__(self, archive: Archive, who: str = "demo") -> None:
        self.http = httpx.Client(base_url=f"{archive.api_url}/", headers={"Authorization": f"token {TOKENS[who]}"}, timeout=30)

    def __call__(self, method: str, path: str, json: object = None, **params: str) -> Any:
        answer = self.http.request(method, path, json=json, params=params)
        assert answer.status_code < 400, answer.text
        return answer.json() if answer.content else None

    def dandiset(self, name: str = "Whiskers of mice", *, files: int = 1, embargo: bool = False) -> str:
        """Registers a Dandiset and uploads small files; its number, once the archive has validated all."""
        body = {"name": name, "metadata": {"description": DESCRIPTION, "license": ["spdx:CC-BY-4.0"]}}
        identifier: str = self("POST", "dandisets/", body, **({"embargo": "true"} if embargo else {}))["identifier"]
        for number in range(files):
            self.upload(identifier, f"sub-{number}/notes.txt", f"notes {number} of {identifier}".encode())
        if files:
            self.until(lambda: self.info(identifier)["status"] == "Valid" and not self.info(identifier)["asset_validation_errors"])
        return identifier

    def upload(self, identifier: str, path: str, data: bytes) -> None:
        """Uploads a file into a draft, in one part."""
        begun = self.begin(identifier, data)
        part = begun["parts"][0]
        etag = httpx.put(part["upload_url"], content=data).headers["etag"]
        done = self("POST", f"uploads/{begun['upload_id']}/complete/", {"parts": [{"part_number": 1, "size": len(data), "etag": etag}]})
        assert httpx.post(done["complete_url"], content=done["body"]).status_code == 200
        blob = self("POST", f"uploads/{begun['upload_id']}/validate/")["blob_id"]
        metadata = {"path": path, "encodingFormat": "text/plain", "schemaKey": "Asset", "schemaVersion": "0.7.0"}
        self("POST", f"dandisets/{identifier}/versions/draft/assets/", {"blob_id": blob, "metadata": metadata})

    def begin(self, identifier: str, data: bytes) -> Any:
        """Begins an upload, and leaves it unfinished."""
        etag = hashlib.md5(hashlib.md5(data).digest()).hexdigest() + "-1"
        asked = {"dandiset": identifier, "contentSize": len(data), "digest": {"algorithm": "dandi:dandi-etag", "value": etag}}
        return self("POST", "uploads/initialize/", asked)

    def info(self, identifier: str) -> Any:
        """The draft's record."""
        return self("GET", f"dandisets/{identifier}/versions/draft/info/")

    def metadata(self, identifier: str) -> Any:
        """The draft's metadata."""
        return self("GET", f"dandisets/{identifier}/versions/draft/")

    def until(self, holds: Callable[[], bool]) -> None:
        """Waits for the archive to do something by itself."""
        for _ in range(300):
            if holds():
                return
            time.sleep(0.1)
        raise AssertionError("the archive does not come to it")
