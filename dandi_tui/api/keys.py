"""Finding and keeping the API key of an instance. A key belongs to one instance and goes nowhere else.

It is looked for in `DANDI_TUI_API_KEY`, in the instance's own variable as the `dandi` client names it, in the keyring
(service `dandi-api-NAME`, user `key`), and in a file that its owner alone can read.
"""

from __future__ import annotations

import os
import stat
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from dandi_tui.api.instances import KNOWN
from dandi_tui.config import state_dir, write_private
from dandi_tui.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dandi_tui.api.instances import Instance

_KEYRING_SECONDS = 5.0
_USER = "key"


class Key(msgspec.Struct, frozen=True):
    """A key and where it was found; never shows itself."""

    value: str
    source: str

    def __repr__(self) -> str:
        """The source alone."""
        return f"Key(from {self.source})"

    __str__ = __repr__


def find_key(instance: Instance, *, asked_for: bool = True) -> Key | None:
    """The key of an instance, None where there is none.

    Args:
        instance: The archive.
        asked_for: Whether it is the archive of this command, which `DANDI_TUI_API_KEY` is for; any other has the keys alone that are its own.
    """
    for variable in (*(("DANDI_TUI_API_KEY",) if asked_for else ()), instance.key_variable):
        if value := os.environ.get(variable, "").strip():
            return Key(value, variable)
    return _from_keyring(instance) or _from_file(instance)


def key_file(instance: Instance) -> Path:
    """The file of an instance's key, for machines without a keyring."""
    return state_dir() / "keys" / quote(instance.name.lower().replace("-", "_") if instance in KNOWN else instance.name.lower(), safe="")


def store_key(instance: Instance, value: str) -> Key:
    """Keeps a key in the keyring, or where there is none that keeps it, in a file that its owner alone can read; where it is now.

    Raises:
        ConfigError: It can be kept nowhere.
    """
    if _in_keyring(lambda keyring: keyring.set_password(_service(instance), _USER, value)) and _from_keyring(instance) == Key(value, "keyring"):
        key_file(instance).unlink(missing_ok=True)
        return Key(value, "keyring")
    try:
        write_private(key_file(instance), value + "\n")
    except OSError as error:
        remedy = f"Set {instance.key_variable} in your shell instead."
        raise ConfigError(f"the key can't be kept: {error.strerror or error}", subject=str(key_file(instance)), remedy=remedy) from error
    return Key(value, str(key_file(instance)))


def forget_key(instance: Instance) -> list[str]:
    """Takes the key of an instance out of keyring and file; where it was."""
    places = []
    if _from_keyring(instance) and _in_keyring(lambda keyring: keyring.delete_password(_service(instance), _USER)):
        places.append("keyring")
    path = key_file(instance)
    if path.exists():
        path.unlink()
        places.append(str(path))
    return places


def checked_key(text: str) -> str:
    """A key as it was typed or pasted, without what stands around it.

    Raises:
        UsageError: It can be no key; the key itself is not repeated.
    """
    value = text.strip().strip("'\"").removeprefix("token ").strip()
    if not value:
        raise UsageError("no key was given")
    if not value.isascii() or not value.isalnum():
        raise UsageError(f"this is no API key: it has {len(value)} characters, and not letters and digits alone", remedy="Copy it again.")
    return value


def _service(instance: Instance) -> str:
    return f"dandi-api-{instance.name}"


def _in_keyring(act: Callable[[Any], object]) -> bool:
    """Does something with the keyring; whether it did it. A locked one may wait for a window that nobody sees over SSH."""
    done: list[bool] = []

    def run() -> None:
        try:
            import keyring

            act(keyring)
            done.append(True)
        except Exception:  # noqa: BLE001 (any backend may fail in any way; it is then as if there were none)
            done.append(False)

    thread = threading.Thread(target=run, daemon=True, name="keyring")
    thread.start()
    thread.join(_KEYRING_SECONDS)
    return bool(done and done[0])


def _from_keyring(instance: Instance) -> Key | None:
    found: list[str | None] = []
    _in_keyring(lambda keyring: found.append(keyring.get_password(_service(instance), _USER)))
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
