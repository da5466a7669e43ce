"""How many small files the embedded archive takes in a second of its CPU, beside what the `dandi` client sends in a second.

It must not be what limits uploads. CPU is counted, not time, so that the sender, on the same machine, doesn't count.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import urllib3

FILES = 500
PEER_FILES = 40
BUDGET = 5.0
SIZE = 4096


class Archive:
    """An empty archive in a process of its own, with one Dandiset."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "dandi_tui.demo", "--empty"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        ready = json.loads(self.process.stdout.readline())
        self.api, self.token = ready["api_url"], ready["token"]
        self.pool = urllib3.PoolManager(maxsize=32)
        self.dandiset = self.ask("POST", "dandisets/", {"name": "Small files", "metadata": {}})["identifier"]

    def ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Asks as the owner; the answer must be good."""
        headers = {"Authorization": f"token {self.token}"}
        answer = self.pool.request(method, f"{self.api}/{path}", headers=headers, **({} if body is None else {"json": body}))
        assert answer.status < 300, answer.data
        found: dict[str, Any] = answer.json()
        return found

    def upload(self, number: int) -> None:
        """Uploads one small file and makes an asset of it."""
        body = os.urandom(SIZE)
        etag = hashlib.md5(hashlib.md5(body).digest()).hexdigest() + "-1"
        asked = {"contentSize": SIZE, "dandiset": self.dandiset, "digest": {"algorithm": "dandi:dandi-etag", "value": etag}}
        begun = self.ask("POST", "uploads/initialize/", asked)
        part = self.pool.request("PUT", begun["parts"][0]["upload_url"], body=body)
        listed = [{"part_number": 1, "size": SIZE, "etag": part.headers["etag"]}]
        told = self.ask("POST", f"uploads/{begun['upload_id']}/complete/", {"parts": listed})
        assert self.pool.request("POST", told["complete_url"], body=told["body"]).status == 200
        blob = self.ask("POST", f"uploads/{begun['upload_id']}/validate/")["blob_id"]
        metadata = {"path": f"sub-{number % 20}/file-{number}.txt", "schemaKey": "Asset", "encodingFormat": "text/plain"}
        self.ask("POST", f"dandisets/{self.dandiset}/versions/draft/assets/", {"blob_id": blob, "metadata": metadata})


def ours(archive: Archive) -> float:
    """Files a second of the archive's CPU, sent from 16 threads."""
    server = psutil.Process(archive.process.pid)
    before = sum(server.cpu_times()[:2])
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(archive.upload, range(FILES)))
    return FILES / (sum(server.cpu_times()[:2]) - before)


def peers(archive: Archive) -> float:
    """Files a second of the `dandi` client, its start taken off."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / archive.dandiset
        (root / "peer").mkdir(parents=True)
        (root / "dandiset.yaml").write_text(f"identifier: DANDI:{archive.dandiset}\n")
        empty = _seconds_of_client(archive, root)
        for number in range(PEER_FILES):
            (root / "peer" / f"{number}.txt").write_bytes(os.urandom(SIZE))
        return PEER_FILES / max(0.1, _seconds_of_client(archive, root) - empty)


def _seconds_of_client(archive: Archive, root: Path) -> float:
    host = archive.api.removeprefix("http://").removesuffix("/api")
    environment = {**os.environ, "DANDI_NO_ET": "1", "DANDI_DEVEL": "1", "HOME": str(root.parent), f"{host}_API_KEY": archive.token}
    start = "import sys; sys.argv[0] = 'dandi'; from dandi.cli.command import main; main()"
    options = ["upload", "-i", archive.api, "--allow-any-path", "--validation", "skip", "-J", "8:4"]
    begun = time.monotonic()
    subprocess.run([sys.executable, "-c", start, *options], cwd=root, env=environment, check=True, capture_output=True)
    return time.monotonic() - begun


def main() -> None:
    """Prints both rates, and the room that is left."""
    archive = Archive()
    try:
        rate, peer = ours(archive), peers(archive)
    finally:
        archive.process.terminate()
        archive.process.wait(10)
    print(f"{FILES} files of {SIZE} B into the embedded archive: {rate:.0f} files in a second of its CPU; dandi upload: {peer:.1f} files/s")
    print(f"room over the client: {rate / peer:.1f} × (budget at least {BUDGET} ×)")


if __name__ == "__main__":
    main()
