"""Settings and folders: where things are kept, and what the person has chosen.

Settings are a TOML file in the config folder; a broken one never keeps the program from starting: the defaults
hold, and `Settings.problem` says what is wrong and where. Folders follow the platform (XDG on Linux); each can be
moved by `DANDI_TUI_CONFIG_DIR`, `DANDI_TUI_STATE_DIR` and `DANDI_TUI_CACHE_DIR`.
"""

from __future__ import annotations

import os
import tempfile
import tomllib
from pathlib import Path
from typing import Any, Literal

import msgspec

from dandi_tui.errors import ConfigError

CONFIG_NAME = "config.toml"


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the person has chosen; every field has a default.

    Attributes:
        instance: The archive: a known name, or an API address.
        download_dir: Where downloads go when nothing else is said; empty: the working folder.
        colour: Whether colour is used: `auto` follows NO_COLOR and the terminal.
        background: Whether the terminal's background is `light` or `dark`: `auto` asks the terminal, for colours that can be read on it.
        ascii: Draw with ASCII alone: `auto` follows the locale's encoding.
        pixels: Whether pictures are drawn pixel by pixel: `auto` where the terminal says that it can, `no` never.
        mouse: Whether the mouse is listened to.
        reopen: Whether a start without a target opens the place that was left.
        download_jobs: Files that are brought side by side.
        notice_at_end: Whether the terminal tells when transfers have ended: `no`, `bell`, or `osc9` (a notice on the desktop).
        keys: Other keys for actions, as `{"download": "x"}`; names as in the palette.
        problem: What is wrong with the file; empty when nothing is.
    """

    instance: str = "dandi"
    download_dir: str = ""
    colour: str = "auto"
    background: str = "auto"
    ascii: str = "auto"
    pixels: str = "auto"
    mouse: bool = True
    reopen: bool = True
    download_jobs: int = 6
    notice_at_end: Literal["no", "bell", "osc9"] = "no"
    keys: dict[str, str] = {}
    problem: str = ""


def config_dir() -> Path:
    """The folder of the config file."""
    return _folder("DANDI_TUI_CONFIG_DIR", "user_config_path")


def state_dir() -> Path:
    """The folder of history, bookmarks, keys without a keyring, and the log."""
    return _folder("DANDI_TUI_STATE_DIR", "user_state_path")


def cache_dir() -> Path:
    """The folder of what can be fetched again."""
    return _folder("DANDI_TUI_CACHE_DIR", "user_cache_path")


def _folder(variable: str, kind: str) -> Path:
    if chosen := os.environ.get(variable):
        return Path(chosen).expanduser()
    import platformdirs

    found: Path = getattr(platformdirs, kind)("dandi-tui")
    return found


def keyless_environment() -> dict[str, str]:
    """The environment without anybody's API keys, for processes that read foreign files: they need none, and can't give away what they don't have."""
    return {name: value for name, value in os.environ.items() if not name.upper().endswith("_API_KEY")}


def load_settings(path: Path | None = None) -> Settings:
    """Reads the settings; a missing file gives the defaults, a broken one the defaults and its `problem`."""
    where = path or config_dir() / CONFIG_NAME
    try:
        return parse_settings(where.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        return Settings(problem=f"{where} can't be read: {error.strerror or error}. The defaults are used.")
    except (ConfigError, UnicodeDecodeError) as error:
        return Settings(problem=f"{where}: {error} The defaults are used.")


def parse_settings(text: str) -> Settings:
    """Reads settings from TOML.

    Raises:
        ConfigError: The text is no TOML, or has a setting that is unknown or of another type.
    """
    try:
        found: dict[str, Any] = tomllib.loads(text)
        return msgspec.convert(found, Settings)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(f"not understood: {error}") from error


def write_private(path: Path, text: str) -> None:
    """Writes a small file whole or not at all, readable by its owner alone (0600)."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
