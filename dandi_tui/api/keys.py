"""Finding the API key of an instance. A key belongs to one instance and goes nowhere else.

It is looked for in `DANDI_TUI_API_KEY`, in the instance's own variable as the `dandi` client names it, in the keyring
(service `dandi-api-NAME`, user `key`), and in a file that its owner alone can read.
"""

from __future__ import annotations

import os
import stat
import threading
from typing import TYPE_CHECKING

import msgspec

from dandi_tui.config import state_dir

if TYPE_CHECKING:
    from pathlib import Path

    from dandi_tui.api.instances import Instance

_KEYRING_SECONDS = 5.0


class Key(msgspec.Struct, frozen=True):
    """A key and where it was found; never shows itself."""

    value: str
    source: str

    def __repr__(self) -> str:
        """The source alone."""
        return f"Key(from {self.source})"

    __str__ = __repr__


def find_key(instance: Instance) -> Key | None:
    """The key of an instance, None where there is none."""
    for variable in ("DANDI_TUI_API_KEY", instance.key_variable):
        if value := os.environ.get(variable, "").strip():
            return Key(value, variable)
    return _from_keyring(instance) or _from_file(instance)


def key_file(instance: Instance) -> Path:
    """The file of an instance's key, for machines without a keyring."""
    return state_dir() / "keys" / instance.key_variable.removesuffix("_API_KEY").lower()


def _from_keyring(instance: Instance) -> Key | None:
    found: list[str | None] = []

    def ask() -> None:
        try:
            import keyring

            found.append(keyring.get_password(f"dandi-api-{instance.name}", "key"))
        except Exception:  # noqa: BLE001 (any backend may fail in any way; no key is then found there)
            found.append(None)

    # A locked keyring may wait for a window that nobody sees over SSH.
    thread = threading.Thread(target=ask, daemon=True, name="keyring")
    thread.start()
    thread.join(_KEYRING_SECONDS)
    value = (found[0] or "").strip() if found else ""
    return Key(value, "keyring") if value else None


def _from_file(instance: Instance) -> Key | None:
    path = key_file(instance)
    try:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            return None
        value = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return Key(value, str(path)) if value else None
