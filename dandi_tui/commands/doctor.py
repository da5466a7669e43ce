"""`doctor`: what of this machine dandi-tui depends on, what is wrong with it, and how to mend it."""

from __future__ import annotations

import locale
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import click
import msgspec

from dandi_tui.api.keys import find_key
from dandi_tui.commands.options import archive_options, ask, chosen_instance, print_json
from dandi_tui.config import CONFIG_NAME, cache_dir, config_dir, load_settings, state_dir
from dandi_tui.errors import AccessError, DandiTuiError
from dandi_tui.text import safe, size

if TYPE_CHECKING:
    from pathlib import Path

    from dandi_tui.api.instances import Instance

_SMALLEST = (50, 12)
_LITTLE = 10**9
_PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy")
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_PACKAGES = ("dandi-tui", "textual", "httpx", "h5py", "pynwb", "dandischema", "nwbinspector", "keyring")


class Check(msgspec.Struct, frozen=True):
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str


@click.command()
@archive_options
def doctor(instance: str | None, as_json: bool, verbose: bool) -> int:
    """Look at terminal, clipboard, folders, keyring, archive and versions; say what is wrong and how to mend it."""
    checks = [
        _terminal(),
        _colours(),
        _pictures(),
        _letters(),
        _clipboard(),
        *_folders(),
        _config(),
        _keyring(),
        _network(),
        *_transfers(),
        *_archive(instance),
        _versions(),
    ]
    if as_json:
        print_json({"checks": [msgspec.to_builtins(check) for check in checks]})
    else:
        for check in checks:
            click.echo(f"{'ok ' if check.ok else 'BAD'}  {check.name:13} {safe(check.detail)}")
        wrong = sum(not check.ok for check in checks)
        click.echo(f"\n{wrong} to mend, marked BAD." if wrong else "\nAll is well.", err=True)
    return 0 if all(check.ok for check in checks) else 1


def _terminal() -> Check:
    columns, rows = shutil.get_terminal_size((0, 0)) if sys.stdout.isatty() else (0, 0)
    term = os.environ.get("TERM", "")
    if not columns:
        return Check("terminal", ok=True, detail="not a terminal: the app can't open here, its commands can")
    words = f"{term or 'TERM is not set'}, {columns} × {rows}"
    if columns < _SMALLEST[0] or rows < _SMALLEST[1]:
        return Check("terminal", ok=False, detail=f"{words}: make it {_SMALLEST[0]} × {_SMALLEST[1]} or larger")
    if term in {"", "dumb"}:
        return Check("terminal", ok=False, detail=f"{words}: set TERM to what your terminal is, as xterm-256color")
    return Check("terminal", ok=True, detail=words)


def _colours() -> Check:
    choice = load_settings().colour
    if choice == "no" or (choice == "auto" and os.environ.get("NO_COLOR")):
        return Check("colours", ok=True, detail="none, as " + ("config.toml says" if choice == "no" else "NO_COLOR says"))
    return Check("colours", ok=True, detail="the terminal's own sixteen; NO_COLOR=1 turns them off")


def _pictures() -> Check:
    if load_settings().pixels == "no":
        return Check("pictures", ok=True, detail="half blocks, as config.toml says")
    if os.environ.get("TMUX") or os.environ.get("STY"):
        return Check("pictures", ok=True, detail="half blocks; sixels where tmux was built to draw them")
    detail = 'pixel by pixel where the terminal says that it can (kitty graphics, sixels), else half blocks; pixels = "no" in config.toml turns them off'
    return Check("pictures", ok=True, detail=detail)


def _letters() -> Check:
    encoding = locale.getpreferredencoding(False)
    if "utf" in encoding.lower():
        return Check("letters", ok=True, detail=encoding)
    detail = f"{encoding}: everything is drawn in ASCII. For accents and finer lines set LANG or LC_ALL to a UTF-8 locale, as C.UTF-8"
    return Check("letters", ok=True, detail=detail)


def _clipboard() -> Check:
    if os.environ.get("TMUX"):
        return _tmux_clipboard()
    if os.environ.get("STY"):
        return Check("clipboard", ok=True, detail="OSC 52, handed on by screen if the terminal allows it; what is copied is shown, too")
    return Check("clipboard", ok=True, detail="OSC 52, if the terminal allows it; what is copied is shown, too")


def _tmux_clipboard() -> Check:
    try:
        asked = subprocess.run(["tmux", "show", "-sv", "set-clipboard"], capture_output=True, text=True, timeout=2, check=False)  # noqa: S607
    except (OSError, subprocess.SubprocessError):
        return Check("clipboard", ok=False, detail="tmux can't be asked: put it on the PATH, or select what is copied by hand")
    if asked.stdout.strip() == "off":
        return Check("clipboard", ok=False, detail="tmux keeps what is copied to itself: `tmux set -s set-clipboard on` (also in ~/.tmux.conf) lets it pass")
    return Check("clipboard", ok=True, detail=f"through tmux (set-clipboard {asked.stdout.strip() or 'unknown'}), and OSC 52 from there")


def _folders() -> list[Check]:
    return [_folder(name, folder) for name, folder in (("config", config_dir()), ("state", state_dir()), ("cache", cache_dir()))]


def _folder(name: str, folder: Path) -> Check:
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(there).free
    try:
        with tempfile.NamedTemporaryFile(dir=there, prefix=".dandi-tui-") as file:
            file.write(b"x" * 4096)
            file.flush()
    except OSError as error:
        words = f"{folder} can't be written ({error.strerror}): mend that, or set DANDI_TUI_{name.upper()}_DIR to another folder"
        return Check(f"{name} folder", ok=False, detail=words)
    if free < _LITTLE and name == "cache":
        return Check(f"{name} folder", ok=False, detail=f"{folder} has only {size(free)} free: make room, or set DANDI_TUI_CACHE_DIR to another disk")
    return Check(f"{name} folder", ok=True, detail=f"{folder}, {size(free)} free")


def _config() -> Check:
    problem = load_settings().problem
    where = config_dir() / CONFIG_NAME
    return Check("config file", ok=not problem, detail=problem or (str(where) if where.exists() else f"{where} is not there: the defaults hold"))


def _keyring() -> Check:
    try:
        import keyring

        backend = keyring.get_keyring()
        usable = float(getattr(backend, "priority", 0)) > 0
    except Exception as error:  # noqa: BLE001 (a backend may fail in any way)
        return Check("keyring", ok=True, detail=f"none ({error}): a key is kept in a file that you alone can read, or in the environment")
    if not usable:
        return Check("keyring", ok=True, detail="none: a key is kept in a file that you alone can read, or in the environment")
    return Check("keyring", ok=True, detail=str(getattr(backend, "name", type(backend).__name__)))


def _network() -> Check:
    missing = [name for name in _CERTIFICATES if os.environ.get(name) and not os.path.exists(os.environ[name])]  # noqa: PTH110
    if missing:
        return Check("network", ok=False, detail=f"{', '.join(missing)} names what is not there: mend or unset it")
    found = [name for name in (*_PROXIES, *_CERTIFICATES) if os.environ.get(name)]
    return Check("network", ok=True, detail=f"from the environment: {', '.join(found)}" if found else "no proxy, usual certificates")


def _archive(name: str | None) -> list[Check]:
    checks: list[Check] = []
    try:
        archive = chosen_instance(name)
        info = ask(archive, lambda client: client.info())
        checks.append(Check("archive", ok=True, detail=f"{archive.name} at {archive.api_url}, version {info.version}"))
        checks.append(_account(archive))
    except DandiTuiError as error:
        checks.append(Check("account" if checks or isinstance(error, AccessError) else "archive", ok=False, detail=str(error)))
    return checks


def _account(archive: Instance) -> Check:
    key = find_key(archive)
    if key is None:
        return Check("account", ok=True, detail=f"no key: `dandi-tui login` or {archive.key_variable} gives one")
    user = ask(archive, lambda client: client.me())
    if user.status != "APPROVED":
        words = (
            f"{user.username}, {user.status.lower()}: not approved yet, reading works; finish the questionnaire on the archive's pages, or wait for its mail"
        )
        return Check("account", ok=False, detail=words)
    return Check("account", ok=True, detail=f"{user.username}, approved, key from {key.source}")


def _transfers() -> list[Check]:
    """The worker of the transfers: whether it runs, and whether it outlives the log-out."""
    from dandi_tui.transfer.home import at_logout, batch_job, holder_alive, home_dir
    from dandi_tui.transfer.journal import unfinished

    holder = holder_alive(home_dir())
    going = unfinished(home_dir() / "journal.sqlite") if holder is None else False
    state = f"process {holder.pid}" if holder else "not running; starts when needed"
    words = f"{state}, journal in {home_dir()}"
    if going:
        words += "; there are transfers that go on with the next start (`dandi-tui transfers resume`)"
    ending = at_logout()
    well = not ending.ends or bool(batch_job(os.environ))
    return [Check("worker", ok=True, detail=words), Check("log-out", ok=well, detail=ending.words)]


def _versions() -> Check:
    told = [f"Python {sys.version.split()[0]}", *(_version(name) for name in _PACKAGES)]
    missing = [name for name in _PACKAGES if _version(name).endswith(" missing")]
    remedy = f": install {', '.join(missing)}" if missing else ""
    return Check("versions", ok=not missing, detail=", ".join(told) + remedy)


def _version(name: str) -> str:
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return f"{name} missing"
