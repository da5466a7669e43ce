"""Where the worker of this host and user is at home: its folder, its lock, its socket. And who holds it."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import socket
import stat
import struct
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from dandi_tui.config import state_dir
from dandi_tui.errors import TransferError

if TYPE_CHECKING:
    from io import FileIO

READING, JUDGING = "reading", "judging"
"""What a worker that is started will be asked for in a moment: to read files, to have pynwb and nwbinspector judge them, too."""
_LONGEST_SOCKET = 100


class Holder(msgspec.Struct, frozen=True):
    """Who holds the lock, and where it listens."""

    pid: int
    host: str
    socket: str


def home_dir() -> Path:
    """The folder of this host's journal; home folders may be shared by many hosts, and each has its own."""
    host = re.sub(r"[^A-Za-z0-9._-]", "_", socket.gethostname()) or "localhost"
    return state_dir() / "transfers" / host


def journal_path() -> Path:
    """The journal of this host."""
    return journal_in(home_dir())


def journal_in(home: Path) -> Path:
    """The journal of a folder."""
    return home / "journal.sqlite"


def has_orders(home: Path) -> bool:
    """Whether orders of unfinished jobs lie there, from which a lost journal is made again."""
    return any(home.glob("orders/*.msgpack"))


def log_path() -> Path:
    """What the worker says when something goes wrong that should not."""
    return home_dir() / "worker.log"


class Lock:
    """The right to be the worker of this home, held until the process ends however that comes.

    Raises:
        BlockingIOError: Another process holds it.
    """

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._home = home
        self._file: FileIO = (home / "worker.lock").open("r+b" if (home / "worker.lock").exists() else "w+b", buffering=0)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in {errno.EWOULDBLOCK, errno.EACCES}:
                self._file.close()
                raise BlockingIOError(errno.EWOULDBLOCK, "another worker holds the journal") from error
            # A file system without locks: the number of the process must do.
            holder = read_holder(home)
            if holder and holder.pid != os.getpid() and _alive(holder):
                self._file.close()
                raise BlockingIOError(errno.EWOULDBLOCK, "another worker holds the journal") from error

    def tell(self, socket_path: str) -> None:
        """Writes down who holds it and where it listens."""
        words = msgspec.json.encode(Holder(os.getpid(), socket.gethostname(), socket_path))
        os.fchmod(self._file.fileno(), 0o600)
        self._file.seek(0)
        self._file.truncate()
        self._file.write(words)

    def still_there(self) -> bool:
        """Whether others find it: the folder was not moved, nor the file taken away."""
        try:
            found = (self._home / "worker.lock").stat()
        except FileNotFoundError:
            return False
        except OSError:
            # Who can't be looked at just now (NFS) may still be there.
            return True
        ours = os.fstat(self._file.fileno())
        return (found.st_dev, found.st_ino) == (ours.st_dev, ours.st_ino)

    def release(self) -> None:
        """Gives it up."""
        with suppress(OSError):
            # Where the disk can't be written any more, the words stay; the lock goes with the file.
            self._file.seek(0)
            self._file.truncate()
        self._file.close()


def read_holder(home: Path) -> Holder | None:
    """Who wrote last that it holds the lock; it may be gone."""
    try:
        return msgspec.json.decode((home / "worker.lock").read_bytes(), type=Holder)
    except (OSError, msgspec.MsgspecError):
        return None


def holder_alive(home: Path) -> Holder | None:
    """The worker that runs for this home; None where none does."""
    holder = read_holder(home)
    return holder if holder and _alive(holder) else None


def tell_failure(home: Path, why: str) -> None:
    """Leaves word why a worker could not start; an empty text takes former word away."""
    path = _failure_path(home)
    if why:
        path.write_text(why, encoding="utf-8")
    else:
        path.unlink(missing_ok=True)


def read_failure(home: Path) -> str:
    """Why a worker could not start; empty where none said so."""
    try:
        return _failure_path(home).read_text(encoding="utf-8")
    except OSError:
        return ""


def _failure_path(home: Path) -> Path:
    """Beside the socket: it must be there when the disk of the home is full or can't be written."""
    return socket_path(home).with_suffix(".failed")


def _alive(holder: Holder) -> bool:
    if holder.host != socket.gethostname():
        return False
    try:
        os.kill(holder.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def socket_path(home: Path) -> Path:
    """A path for the socket: in a folder of this user alone, on this host's own disk, short enough for the system.

    Raises:
        TransferError: There is no folder that only this user can change.
    """
    name = f"dandi-tui-{os.getuid()}/{hashlib.sha256(str(home).encode()).hexdigest()[:16]}.sock"
    temporary = dict.fromkeys((tempfile.gettempdir(), os.environ.get("XDG_RUNTIME_DIR", ""), "/tmp"))  # noqa: S108 (a folder of ours is made there)
    for folder in filter(None, temporary):
        found = Path(folder, name)
        if len(os.fsencode(found)) <= _LONGEST_SOCKET and _is_ours(found.parent):
            return found
    found = home / "worker.sock"
    if len(os.fsencode(found)) > _LONGEST_SOCKET:
        where = ", ".join(filter(None, temporary))
        raise TransferError("there is no place for the worker's socket", subject=where, remedy="Set TMPDIR to a folder of your own, with a short path.")
    return found


def _is_ours(folder: Path) -> bool:
    """Makes a folder where there is none; whether it is this user's, and nobody else can put a socket of their own there."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and os.access(folder, os.W_OK)


def peer_is_ours(connected: socket.socket) -> bool:
    """Whether the process at the other end is this user's. Words of a worker that ended with the machine may name a place that is another's now."""
    return _peer_user(connected) == os.getuid()


def _peer_user(connected: socket.socket) -> int:
    """The user of the process at the other end of a Unix socket; -1 where the system does not tell."""
    try:
        if sys.platform == "linux":
            _, user, _ = struct.unpack("3i", connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        else:  # macOS and BSD: LOCAL_PEERCRED of SOL_LOCAL, a version and then the user
            _, user = struct.unpack("2I", connected.getsockopt(0, 1, 76)[:8])
        return int(user)
    except (OSError, struct.error):
        return -1


class Ending(msgspec.Struct, frozen=True):
    """What happens to a user's processes at log-out on this host."""

    ends: bool
    words: str


def at_logout(
    etc: Path = Path("/etc/systemd"), linger: Path = Path("/var/lib/systemd/linger"), environment: dict[str, str] | None = None, user: str = ""
) -> Ending:
    """Whether this host ends a user's processes at log-out, or with a batch job; and what that means.

    Args:
        etc: The folder of systemd's settings.
        linger: The folder that names the users whose processes stay.
        environment: The process's environment.
        user: The user's name.
    """
    env = os.environ if environment is None else environment
    if batch := batch_job(env):
        return Ending(True, f"inside {batch}, processes end with the job; `download` and `upload` keep the worker in the foreground there")
    kills = False
    for path in (etc / "logind.conf", *sorted((etc / "logind.conf.d").glob("*.conf"))):
        try:
            found = re.findall(r"^\s*KillUserProcesses\s*=\s*(\w+)", path.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
        except OSError:
            continue
        kills = found[-1].lower() in {"yes", "true", "on", "1"} if found else kills
    name = user or env.get("USER", "")
    if kills and not (name and (linger / name).exists()):
        return Ending(True, "this host ends your processes at log-out; transfers go on at the next start. `loginctl enable-linger` lets them stay")
    return Ending(False, "transfers go on after log-out")


def batch_job(environment: dict[str, str] | os._Environ[str]) -> str:
    """The batch job that this process is part of; empty when it is none."""
    for variable, name in (("SLURM_JOB_ID", "Slurm job"), ("PBS_JOBID", "PBS job"), ("LSB_JOBID", "LSF job"), ("JOB_ID", "Grid Engine job")):
        if environment.get(variable) and (variable != "JOB_ID" or environment.get("SGE_TASK_ID")):
            return f"{name} {environment[variable]}"
    return ""
