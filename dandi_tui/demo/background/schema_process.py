"""`python -m dandi_tui.demo.background.schema_process`: validates metadata documents that come on standard input.

Each question and answer is JSON behind its length in four bytes. JSON schema comes first, as the archive serves it; documents that
fit it are then read by the archive's own models.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import msgspec

from dandi_tui.demo.metadata import ALLOWED_SCHEMAS

if TYPE_CHECKING:
    from jsonschema.protocols import Validator as JsonValidator

SCHEMA_FILE = "schema-0.7.0.json"
Problem = dict[str, str]


@cache
def _validator(model: str) -> JsonValidator:
    from jsonschema import Draft202012Validator

    found = msgspec.json.decode(resources.files("dandi_tui.demo").joinpath(SCHEMA_FILE).read_bytes())
    return Draft202012Validator({"$defs": found["$defs"], **found["models"][model]}, format_checker=Draft202012Validator.FORMAT_CHECKER)


def problems(model: str, document: dict[str, Any]) -> list[Problem]:
    """What is wrong with a document: field (a path with dots; empty: the whole) and message of each fault."""
    if words := _unknown_version(document):
        return [_problem((), words)]
    faults = sorted(_validator(model).iter_errors(document), key=lambda fault: [str(part) for part in fault.path])
    if faults:
        return [_problem(fault.path, fault.message) for fault in faults]
    from dandischema import models
    from pydantic import ValidationError

    try:
        getattr(models, model)(**document)
    except ValidationError as error:
        return [_problem(fault["loc"], fault["msg"]) for fault in error.errors(include_url=False)]
    except ValueError as error:
        return [_problem((), str(error))]
    return []


def _unknown_version(document: dict[str, Any]) -> str:
    """What the archive says of a version of the schema that it does not know."""
    version = document.get("schemaVersion")
    if version in ALLOWED_SCHEMAS:
        return ""
    return f"Metadata version {version} is not allowed. Allowed are: {', '.join(ALLOWED_SCHEMAS)}."


def _problem(path: Any, message: str) -> Problem:  # noqa: ANN401 (any sequence)
    return {"field": ".".join(str(part) for part in path), "message": message}


def main() -> None:
    """Answers until standard input is closed."""
    while len(head := sys.stdin.buffer.read(4)) == 4:
        asked = msgspec.json.decode(sys.stdin.buffer.read(int.from_bytes(head, "big")))
        answer = msgspec.json.encode([problems(asked["model"], document) for document in asked["documents"]])
        sys.stdout.buffer.write(len(answer).to_bytes(4, "big") + answer)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    # A server that is gone needs no answer.
    with suppress(BrokenPipeError):
        main()
