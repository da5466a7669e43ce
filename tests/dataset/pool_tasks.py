"""What the tests have worker processes do."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def length(path: str) -> int:
    return len(Path(path).read_bytes())


def times(path: str, factor: int) -> int:
    return length(path) * factor


def by_first_word(path: str) -> str:
    """Does what stands in the file: dies, hangs, prints, warns, raises, or gives it back."""
    word = Path(path).read_text()
    if word == "die":
        os.kill(os.getpid(), signal.SIGSEGV)
    if word == "hang":
        time.sleep(600)
    if word == "print":
        os.write(1, b"noise between frames")
        print("more noise", flush=True)
    if word == "warn":
        os.write(2, f"\x1b[2J a strange file, {'a1' * 20}\n".encode())
    if word == "raise":
        raise ValueError("not today")
    return word


def text_for_number(path: str) -> str:
    return "no number"


def appends(path: str) -> int:
    with Path(path).open("ab") as file:
        file.write(b"x")
    return 1


def load() -> None:
    """Loads what the others need, and leaves a trace for each time."""
    with Path(os.environ["LOADED"]).open("ab") as file:
        file.write(b"x")


def loads_for_long() -> None:
    load()
    time.sleep(600)


def can_not_load() -> None:
    raise RuntimeError("it is not installed")


def loaded(path: str) -> int:
    """How often it was loaded when this began, and by whom."""
    return len(Path(os.environ["LOADED"]).read_bytes())


def keys(path: str) -> list[str]:
    """The API keys that the environment has."""
    return [name for name in os.environ if name.endswith("_API_KEY")]
