"""A process that loads what its children need, once, and then forks a child for each reader process that is asked for.

python -P -m dandi_tui.dataset.nursery SOCKET MEMORY FUNCTION      the number of an open socket; `module:name` of what loads

    ours ─ socket ─ nursery ─┬─ reader ─ pipes ─ ours
                             └─ reader ─ pipes ─ ours

A child costs milliseconds and shares the memory of what was loaded. It reads foreign files, and may crash over them; the nursery
itself opens none. On the socket: one letter and a process's number; the descriptors of a new child's pipes come along.
"""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
import threading
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from dandi_tui.dataset import worker

if TYPE_CHECKING:
    from collections.abc import Callable

_ASKED = struct.Struct(">ci")
_TOLD = struct.Struct(">i")
_BEAR, _WAIT = b"b", b"w"
_PATIENCE = 5.0


def can_fork() -> bool:
    """Whether a process may be forked after it has loaded numpy: not where system libraries forbid it (macOS), or there is no fork."""
    return sys.platform == "linux"


class Nursery:
    """The process, from the other side; it begins to load at once.

    Args:
        prepare: Loads what the children need.
        memory: The bytes of address space that each is given.
    """

    def __init__(self, prepare: Callable[[], None], memory: int) -> None:
        self._lock = threading.Lock()
        self._borne = False
        self._socket, theirs = socket.socketpair()
        with theirs:
            null, number = subprocess.DEVNULL, theirs.fileno()
            command = [sys.executable, "-P", "-m", "dandi_tui.dataset.nursery", str(number), str(memory), worker.name_of(prepare)]
            self._process = subprocess.Popen(command, stdin=null, stdout=null, stderr=null, pass_fds=[number], start_new_session=True)

    def bear(self) -> Child:
        """A new child; waits until all is loaded.

        Raises:
            OSError: The nursery ended, or can't fork.
        """
        asking, answering = os.pipe(), os.pipe()
        try:
            with self._lock:
                socket.send_fds(self._socket, [_ASKED.pack(_BEAR, 0)], [asking[0], answering[1]])
                pid = self._told()
                self._borne = True
        except OSError:
            os.close(asking[1])
            os.close(answering[0])
            raise
        finally:
            os.close(asking[0])
            os.close(answering[1])
        return Child(self, pid, os.fdopen(asking[1], "wb"), os.fdopen(answering[0], "rb"))

    def status_of(self, pid: int) -> int:
        """Waits for a child that is about to end; how it ended, as `Popen.returncode`.

        Raises:
            OSError: The nursery ended.
        """
        with self._lock:
            self._socket.sendall(_ASKED.pack(_WAIT, pid))
            return self._told()

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
            while self._borne and self._socket.recv(_TOLD.size):
                pass  # until it ends, which closes its side
        self._process.kill()
        self._process.wait()
        self._socket.close()


class Child:
    """A reader process that a nursery bore; what `subprocess.Popen` is for one of ours."""

    def __init__(self, nursery: Nursery, pid: int, stdin: IO[bytes], stdout: IO[bytes]) -> None:
        self.stdin, self.stdout = stdin, stdout
        self._nursery, self._pid = nursery, pid
        self._lock = threading.Lock()
        self._status: int | None = None
        self._killed = False

    def poll(self) -> int | None:
        """How it ended, where that was seen."""
        return self._status

    def kill(self) -> None:
        """Ends it at once. Its number is its own until it was waited for."""
        with self._lock:
            if self._status is None and not self._killed:
                self._killed = True
                with suppress(ProcessLookupError):
                    os.kill(self._pid, 9)

    def wait(self) -> int:
        """Waits for its end, once its pipes are closed or it was killed; how it ended."""
        with self._lock:
            if self._status is None:
                try:
                    self._status = self._nursery.status_of(self._pid)
                except OSError:
                    self._status = -9
            return self._status


def _serve(asked: socket.socket, memory: int) -> None:
    """Bears children, and tells how they ended, until the other side closes; then waits for those that are left."""
    while True:
        data, descriptors, _, _ = socket.recv_fds(asked, _ASKED.size, 2)
        if len(data) < _ASKED.size:
            break
        what, pid = _ASKED.unpack(data)
        asked.sendall(_TOLD.pack(_borne(asked, descriptors, memory) if what == _BEAR else os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])))
    with suppress(ChildProcessError):
        while True:
            os.wait()


def _borne(asked: socket.socket, descriptors: list[int], memory: int) -> int:
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
