"""Recorded exchanges, asked again of the embedded archive one after the other, and how its answers differ."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

if TYPE_CHECKING:
    from pathlib import Path

COMPARED_HEADERS = ("content-type", "content-disposition")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
# What differs from one run to the next, whoever answers.
_VOLATILE = (
    (re.compile(r"X-Amz-(Credential|Date|Signature)=[^&\"]*"), r"X-Amz-\1=…"),
    (re.compile(r"uploadId=[^&\"]*"), "uploadId=…"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?"), "TIME"),
    (re.compile(r"\d{4}-\d\d-\d\d"), "DAY"),
    (re.compile(r"\(20\d\d\)"), "(YEAR)"),
    (re.compile(r"https?://(127\.0\.0\.1:\d+|dandi-dandisets\.s3\.amazonaws\.com)(/store)?(/dandi-dandisets)?"), "HOST"),
    (_UUID, "UUID"),
    (re.compile(r"blobs/[0-9a-f]{3}/[0-9a-f]{3}/"), "blobs/…/"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "MD5"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "SHA256"),
    (re.compile(r"10\.\d{5}/dandi"), "DOI/dandi"),
    (re.compile(r"\['spdx:CC0-1.0', 'spdx:CC-BY-4.0'\]"), "['spdx:CC-BY-4.0', 'spdx:CC0-1.0']"),
)


def steady(text: str) -> str:
    """A text without what differs from one run to the next."""
    for pattern, instead in _VOLATILE:
        text = pattern.sub(instead, text)
    return text


class Replay:
    """Asks recorded questions, in which recorded ids and digests are replaced by those that were answered here.

    Args:
        recordings: The folder of recorded exchanges.
        origin: The archive's address.
        tokens: The key of each user; empty: nobody's.
    """

    def __init__(self, recordings: Path, origin: str, tokens: dict[str, str]) -> None:
        self._recordings = recordings
        self._client = httpx.Client(base_url=origin)
        self.tokens = tokens
        self.here: dict[str, str] = {}
        self.bodies: dict[str, bytes] = {}
        self.found: dict[str, list[str]] = {}

    def close(self) -> None:
        self._client.close()

    def recorded(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self._recordings / f"{name}.json").read_text())
        return found

    def translated(self, text: str) -> str:
        """A recorded text with what stands for its parts here."""
        for there, here in sorted(self.here.items(), key=lambda pair: -len(pair[0])):
            text = text.replace(there, here)
        return text

    def play(self, name: str, who: str, *, loosely: bool = False) -> httpx.Response:
        """Asks once; `loosely`: the values of a good answer depend on what else there is, and its shape alone is compared."""
        exchange = self.recorded(name)
        answer = self._ask(name, exchange["request"], who)
        self.found[name] = self._differences(exchange["response"], answer, loosely=loosely)
        if exchange["response"].get("json") is not None and answer.status_code < 400:
            self._learn(exchange["response"]["json"], answer.json())
        return answer

    def _ask(self, name: str, request: dict[str, Any], who: str) -> httpx.Response:
        headers = {"Accept": "application/json", **{key: self.translated(value) for key, value in (request.get("headers") or {}).items()}}
        headers.pop("Authorization", None)
        if who:
            headers["Authorization"] = f"token {self.tokens[who]}"
        content = self.bodies.get(name)
        if content is None and request.get("body"):
            content = self.translated(request["body"]).encode()
        body = {} if request.get("json") is None else {"json": json.loads(self.translated(json.dumps(request["json"], ensure_ascii=False)))}
        path = self.translated(request["path"])
        if urlsplit(path).scheme:
            headers.pop("Authorization", None)
        query = {key: self.translated(str(value)) for key, value in (request.get("query") or {}).items()}
        # An address that carries a query has it signed: it is left as it is.
        return self._client.request(request["method"], path, headers=headers, content=content, **({"params": query} if query else {}), **body)

    def _learn(self, there: Any, here: Any) -> None:
        """Remembers what stands here for ids, digests and signed addresses that were recorded."""
        if isinstance(there, dict) and isinstance(here, dict):
            for key in there.keys() & here.keys():
                self._learn(there[key], here[key])
        elif isinstance(there, list) and isinstance(here, list):
            for one, other in zip(there, here, strict=False):
                self._learn(one, other)
        elif isinstance(there, str) and isinstance(here, str) and (_UUID.fullmatch(there) or "X-Amz-Signature" in there):
            self.here[there] = here

    def _differences(self, wanted: dict[str, Any], answer: httpx.Response, *, loosely: bool) -> list[str]:
        status = 400 if wanted["status"] == 500 else wanted["status"]
        if answer.status_code != status:
            return [f"status {answer.status_code}, not {status}: {answer.text[:300]}"]
        if wanted["status"] == 500:
            return []
        found = [
            f"{name}: {answer.headers.get(name)!r}, not {wanted['headers'][name]!r}"
            for name in COMPARED_HEADERS
            if name in wanted["headers"] and not loosely and answer.headers.get(name) != wanted["headers"][name]
        ]
        found += [f"no {name}" for name in ("location", "etag") if name in wanted["headers"] and name not in answer.headers]
        if wanted.get("json") is not None:
            found += differences(wanted["json"], answer.json(), loosely=loosely)
        elif not loosely and "xml" in wanted["headers"].get("content-type", "") and steady(answer.text) != steady(self.translated(wanted["text"])):
            found.append(f"{answer.text!r}, not {wanted['text']!r}")
        elif not wanted.get("text") and answer.content:
            found.append(f"a body where none was: {answer.text[:200]}")
        return found


def differences(there: Any, here: Any, *, loosely: bool, at: str = "") -> list[str]:
    """Where two JSON documents differ, but for what differs from one run to the next."""
    if isinstance(there, dict) and isinstance(here, dict):
        if loosely and at.endswith("assetsSummary"):
            return []
        found = [f"{at}: lacks {sorted(there.keys() - here.keys())}, has {sorted(here.keys() - there.keys())}"] if there.keys() != here.keys() else []
        return found + [one for key in there.keys() & here.keys() for one in differences(there[key], here[key], loosely=loosely, at=f"{at}.{key}")]
    if isinstance(there, list) and isinstance(here, list):
        if loosely:
            return differences(there[0], here[0], loosely=loosely, at=f"{at}.0") if there and here else []
        found = [f"{at}: {len(here)} entries, not {len(there)}"] if len(there) != len(here) else []
        return found + [one for index, pair in enumerate(zip(there, here, strict=False)) for one in differences(*pair, loosely=loosely, at=f"{at}.{index}")]
    if loosely:
        return [] if type(there) is type(here) or None in (there, here) else [f"{at}: {here!r}, not {there!r}"]
    same = steady(there) == steady(here) if isinstance(there, str) and isinstance(here, str) else there == here
    return [] if same else [f"{at}: {here!r}, not {there!r}"]
