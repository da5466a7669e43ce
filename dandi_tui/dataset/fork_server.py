"""A process that loads what its children need, once, and then forks a child for each reader process that is asked for.

python -P -m dandi_tui.dataset.fork_server SOCKET MEMORY FUNCTION      the number of an open socket; `module:name` of what loads

    ours ─ socket ─ fork server ─┬─ reader ─ pipes ─ ours
                                 └─ reader ─ pipes ─ ours

A child costs milliseconds and shares the memory of what was loaded. It reads foreign files, and may crash over them; the fork
server itself opens none. On the socket: one letter and a process's number; the descriptors of a new child's pipes come along.
"""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from dandi_tui.config import keyless_environment
from dandi_tui.dataset import worker
from dandi_tui.log import stderr_to_log

if TYPE_CHECKING:
    from collections.abc import Callable

_ASKED = struct.Struct(">ci")
_TOLD = struct.Struct(">i")
_FORK, _STATUS = b"f", b"s"
_RUNNING = 256  # no status that a process can end with
_PATIENCE, _PAUSE = 5.0, 0.005


def can_fork() -> bool:
    """Whether a process may be forked after it has loaded numpy: not where system libraries forbid it (macOS), or there is no fork."""
    return sys.platform == "linux"


class ForkServer:
    """The process, from the other side; it begins to load at once.

    Args:
        prepare: Loads what the children need.
        memory: The bytes of address space that each is given.
    """

    def __init__(self, prepare: Callable[[], None], memory: int) -> None:
        self._lock = threading.Lock()
        self._forked = False
        self._socket, theirs = socket.socketpair()
        with theirs:
            number = theirs.fileno()
            command = [sys.executable, "-P", "-m", "dandi_tui.dataset.fork_server", str(number), str(memory), worker.name_of(prepare)]
            with stderr_to_log("fork server") as said:
                null = subprocess.DEVNULL
                env = keyless_environment()
                self._process = subprocess.Popen(command, stdin=null, stdout=null, stderr=said, pass_fds=[number], start_new_session=True, env=env)

    def fork(self) -> Child:
        """A new child; waits until all is loaded.

        Raises:
            OSError: The fork server ended, or can't fork.
        """
        asking, answering = os.pipe(), os.pipe()
        try:
            with self._lock:
                socket.send_fds(self._socket, [_ASKED.pack(_FORK, 0)], [asking[0], answering[1]])
                pid = self._told()
                self._forked = True
        except OSError:
            os.close(asking[1])
            os.close(answering[0])
            raise
        finally:
            os.close(asking[0])
            os.close(answering[1])
        return Child(self, pid, os.fdopen(asking[1], "wb"), os.fdopen(answering[0], "rb"))

    def status_of(self, pid: int) -> int | None:
        """How a child ended, as `Popen.returncode`; None while it goes on. Of one that ended it is told once.

        Raises:
            OSError: The fork server ended.
        """
        with self._lock:
            self._socket.sendall(_ASKED.pack(_STATUS, pid))
            status = self._told()
        return None if status == _RUNNING else status

    def _told(self) -> int:
        data = self._socket.recv(_TOLD.size, socket.MSG_WAITALL)
        if len(data) < _TOLD.size:
            raise OSError("the process that starts readers ended")
        (number,) = _TOLD.unpack(data)
        return int(number)

    def end(self) -> None:
        """Ends it, after its children, which are to be killed before; threads that wait for it are told that it ended."""
        with suppress(OSError):
            self._socket.settimeout(_PATIENCE)
            self._socket.shutdown(socket.SHUT_WR)
            while self._forked and self._socket.recv(_TOLD.size):
                pass  # until it ends, which closes its side
        self._process.kill()
        self._process.wait()
        self._socket.close()


class Child:
    """A reader process that a fork server made; what `subprocess.Popen` is for one of ours."""

    def __init__(self, server: ForkServer, pid: int, stdin: IO[bytes], stdout: IO[bytes]) -> None:
        self.stdin, self.stdout = stdin, stdout
        self._server, self.pid = server, pid
        self._lock = threading.Lock()
        self._status: int | None = None
        self._killed = False

    def poll(self) -> int | None:
        """How it ended; None while it goes on, or where nobody can tell."""
        with suppress(OSError):
            self._look()
        return self._status

    def kill(self) -> None:
        """Ends it at once. Its number is its own until its end was seen."""
        with self._lock:
            if self._status is None and not self._killed:
                self._killed = True
                with suppress(ProcessLookupError):
                    os.kill(self.pid, 9)

    def wait(self) -> int:
        """Waits for its end, once its pipes are closed or it was killed; how it ended."""
        while self._status is None:
            try:
                self._look()
            except OSError:
                self._status = -9
            if self._status is None:
                time.sleep(_PAUSE)
        return self._status

    def _look(self) -> None:
        """Asks whether it ended."""
        with self._lock:
            if self._status is None:
                self._status = self._server.status_of(self.pid)


def _serve(asked: socket.socket, memory: int) -> None:
    """Forks children, and tells whether and how they ended, until the other side closes; then waits for those that are left."""
    while True:
        data, descriptors, _, _ = socket.recv_fds(asked, _ASKED.size, 2)
        if len(data) < _ASKED.size:
            break
        what, pid = _ASKED.unpack(data)
        asked.sendall(_TOLD.pack(_forked(asked, descriptors, memory) if what == _FORK else _status(pid)))
    with suppress(ChildProcessError):
        while True:
            os.wait()


def _status(pid: int) -> int:
    """How a child ended, without waiting for it: the others' requests stand in the same line."""
    ended, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else _RUNNING


def _forked(asked: socket.socket, descriptors: list[int], memory: int) -> int:
    """Forks a child that reads and writes these; its number."""
    if pid := os.fork():
        for number in descriptors:
            os.close(number)
        return pid
    status = 1
    try:
        asked.close()
        os.setsid()
        os.dup2(descriptors[0], 0)
        answers = os.fdopen(descriptors[1], "wb")
        worker.limit_memory(memory)
        worker.serve(sys.stdin.buffer, answers)
        status = 0
    finally:
        os._exit(status)


if __name__ == "__main__":
    worker.keep_to_one_thread()
    with socket.socket(fileno=int(sys.argv[1])) as asked_on:
        worker.found(sys.argv[3])()
        # A fork takes one thread along: locks that others hold would stay closed in the child.
        if len(os.listdir("/proc/self/task")) == 1:
            _serve(asked_on, int(sys.argv[2]))
