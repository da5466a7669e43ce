"""What the object store refuses, as S3 says it."""

from __future__ import annotations

from xml.sax.saxutils import escape

from starlette.responses import Response


class StoreFaultError(Exception):
    """A request that the object store refuses, with its code, words and more fields of the answer."""

    def __init__(self, status: int, code: str, words: str, **fields: str) -> None:
        super().__init__(words)
        self.status = status
        self.fields = {"Code": code, "Message": words, **fields}


def fault_answer(fault: StoreFaultError) -> Response:
    """The XML that says what is wrong."""
    body = "".join(f"<{name}>{escape(words)}</{name}>" for name, words in fault.fields.items())
    text = f'<?xml version="1.0" encoding="utf-8"?>\n<Error>{body}<RequestId>request-id</RequestId></Error>'
    return Response(text, fault.status, media_type="application/xml")
