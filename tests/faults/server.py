"""The process: the embedded archive behind what makes it fail. `python -m faults.server --data FOLDER --port N [--samples]`."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import random
import re
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from faults import CONTROL, Fault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_EXPIRED = '<?xml version="1.0" encoding="utf-8"?>\n<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>'
_SLOW_BYTES = 2**16
_WHOLE = frozenset(("short", "long", "corrupt", "drop_done", "stall_done"))
_stalled: list[str] = []
"""Paths of the requests that were made to wait."""


class _Armed:
    """A fault, with how often it may still be done."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.left = fault.times
        self._random = random.Random(fault.seed)

    def meets(self, scope: Scope) -> bool:
        fault = self.fault
        place = "store" if scope["path"].startswith("/store/") else "api"
        if self.left == 0 or fault.method not in {"", scope["method"]} or fault.place not in {"", place} or not re.search(fault.path, scope["path"]):
            return False
        if self._random.random() >= fault.chance:
            return False
        self.left = None if self.left is None else self.left - 1
        return True


class Exchange:
    """One request that goes through, and what is done to it."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, fault: Fault | None) -> None:
        self._receive, self._send, self._fault = receive, send, fault
        self._start: Message | None = None
        self._body = b""
        headers = dict(scope["headers"])
        self.facts: dict[str, Any] = {
            "method": scope["method"], "path": scope["path"], "status": 0, "received": 0, "sent": 0,
            "range": headers.get(b"range", b"").decode(), "key": b"authorization" in headers, "fault": fault.kind if fault else "",
        }  # fmt: skip

    def close(self) -> None:
        self._receive.__self__.transport.abort()  # type: ignore[attr-defined]

    async def receive(self) -> Message:
        """The request's body as it comes; cut where the fault says so."""
        if self._fault and self._fault.kind == "slow":
            await asyncio.sleep(self._fault.seconds)
        message = await self._receive()
        self.facts["received"] += len(message.get("body", b""))
        if self._fault and self._fault.kind == "cut_upload" and self.facts["received"] >= self._fault.after:
            self.close()
            return {"type": "http.disconnect"}
        return message

    async def read(self) -> None:
        """Takes the whole body of the request."""
        while (await self.receive()).get("more_body"):
            pass

    async def say(self, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        self.facts["status"], self.facts["sent"] = status, len(body)
        headers = [*headers, (b"content-length", str(len(body)).encode())]
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})

    async def send(self, message: Message) -> None:
        """The archive's answer, given on as the fault says."""
        kind = self._fault.kind if self._fault else ""
        if message["type"] == "http.response.start":
            self.facts["status"] = message["status"]
            self._start = message
            if kind not in _WHOLE:
                await self._send(message)
            return
        body = message.get("body", b"")
        if kind in _WHOLE:
            self._body += body
            if not message.get("more_body"):
                await self._whole(kind)
        elif kind == "cut":
            await self._cut(body, more=message.get("more_body", False))
        else:
            await self._pieces(body, more=message.get("more_body", False), slow=kind == "slow")

    async def _whole(self, kind: str) -> None:
        if kind == "drop_done":
            self.close()
            return
        assert self._start
        assert self._fault
        if kind == "stall_done":
            _stalled.append(f"{self.facts['method']} {self.facts['path']}")
            await asyncio.sleep(self._fault.seconds)
        changed = {"stall_done": self._body, "short": self._body[:-1], "long": self._body + b"\0", "corrupt": bytes(byte ^ 0x55 for byte in self._body)}[kind]
        headers = [(name, value) for name, value in self._start["headers"] if name.lower() != b"content-length"]
        await self.say(self._start["status"], changed, headers)

    async def _cut(self, body: bytes, *, more: bool) -> None:
        assert self._start
        assert self._fault
        length = int(dict(self._start["headers"]).get(b"content-length", b"0"))
        end = int(length * self._fault.after) if self._fault.after < 1 else int(self._fault.after)
        left = end - self.facts["sent"]
        await self._pieces(body[: max(left, 0)], more=True, slow=False)
        if left <= len(body) or not more:
            await asyncio.sleep(0.02)
            self.close()

    async def _pieces(self, body: bytes, *, more: bool, slow: bool) -> None:
        size = _SLOW_BYTES if slow else max(1, len(body))
        for start in range(0, len(body), size):
            if slow and self._fault:
                await asyncio.sleep(self._fault.seconds)
            piece = body[start : start + size]
            self.facts["sent"] += len(piece)
            await self._send({"type": "http.response.body", "body": piece, "more_body": True})
        if not more:
            await self._send({"type": "http.response.body", "body": b""})


class Between:
    """Stands before the archive: does the faults that it is told, and remembers what was asked."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._armed: list[_Armed] = []
        self._expired_before = ""
        self._log: list[dict[str, Any]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"] == CONTROL:
            await self._control(Exchange(scope, receive, send, None), receive)
        else:
            fault = next((armed.fault for armed in self._armed if armed.meets(scope)), None)
            if self._too_old(scope):
                fault = Fault("expired")
            exchange = Exchange(scope, receive, send, fault)
            try:
                await self._through(scope, exchange, fault)
            finally:
                self._log.append(exchange.facts)

    async def _through(self, scope: Scope, exchange: Exchange, fault: Fault | None) -> None:
        kind = fault.kind if fault else ""
        if kind == "drop":
            exchange.close()
        elif fault and kind in {"status", "expired"}:
            await exchange.read()
            headers = [(b"retry-after", fault.retry_after.encode())] if fault.retry_after is not None else []
            status, body = (403, _EXPIRED) if kind == "expired" else (fault.status, fault.body)
            if body[:1] in {"{", "[", '"'}:
                headers.append((b"content-type", b"application/json"))
            await exchange.say(status, body.encode(), headers)
        else:
            if fault and kind == "stall":
                _stalled.append(f"{scope['method']} {scope['path']}")
                await asyncio.sleep(fault.seconds)
            if kind == "ignore_range":
                scope = {**scope, "headers": [(name, value) for name, value in scope["headers"] if name.lower() != b"range"]}
            await self._app(scope, exchange.receive, exchange.send)

    def _too_old(self, scope: Scope) -> bool:
        signed = parse_qs(scope["query_string"].decode()).get("X-Amz-Date", [""])[0]
        return bool(signed) and signed <= self._expired_before

    async def _control(self, exchange: Exchange, receive: Receive) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        words = json.loads(body)
        if "clear" in words:
            self._armed.clear()
        if "expire" in words:
            self._expired_before = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
            await asyncio.sleep(1.01 - time.time() % 1)
        self._armed += [_Armed(Fault(**one)) for one in words.get("add", ())]
        told: list[Any] | None = _stalled if "stalled" in words else self._log if "tell" in words else None
        await exchange.say(200, json.dumps(told).encode(), [(b"content-type", b"application/json")])


def main() -> None:
    from dandi_tui.demo.server import end_with_standard_input, serve

    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--samples", action="store_true")
    options = parser.parse_args()
    end_with_standard_input()
    logging.disable()  # connections that were cut on purpose are no news

    def ready(api_url: str, token: str) -> None:
        sys.stdout.write(json.dumps({"api_url": api_url, "token": token}) + "\n")
        sys.stdout.flush()

    serve(port=options.port, data=options.data, tell=lambda _: None, ready=ready, samples=options.samples, between=Between)


if __name__ == "__main__":
    main()
