"""Putting one file, or one Zarr store, in its place: whole or not at all, and never over another.

A copy is written beside its place as `.NAME.organizing`, and gets its name only when it is complete, by a step that can't replace
a file. A move within a file system is a second name and the removal of the first; between file systems it is a copy that was
compared byte by byte before the original goes.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from dandi_tui.errors import ExistsError, OrganizeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PIECE = 16 * 2**20
_ANNEX = f"{os.sep}.git{os.sep}annex{os.sep}objects{os.sep}"
_CLONE = 0x40049409  # FICLONE of Linux: the copy shares its blocks with the original until one is changed


def part_name(destination: str) -> str:
    """Where a copy stands until it is complete."""
    folder, name = os.path.split(destination)
    return os.path.join(folder, f".{name[:200]}.organizing")


def copied(source: str, part: str, told: Callable[[int], None]) -> None:
    """Copies a file, or all files of a folder, to a place that nothing else uses; whatever was left there goes first.

    Args:
        source: What is copied.
        part: Where to; it is removed again when copying fails.
        told: Is told how many bytes were copied since it was last told.

    Raises:
        OSError: It can't be read or written.
        OrganizeError: The source changed meanwhile.
    """
    remove(part)
    try:
        if os.path.isdir(source):
            for below, one in _tree(source, part):
                _copy_file(below, one, told)
        else:
            _copy_file(source, part, told)
    except BaseException:
        remove(part)
        raise


def _tree(source: str, part: str) -> Iterator[tuple[str, str]]:
    """The files of a folder and where each goes; folders are made as they are met.

    Raises:
        OrganizeError: A link in it would bring in what lies elsewhere, or leave out what lies behind it.
    """
    whole = os.path.realpath(source)
    os.mkdir(part)
    for folder, names, files in os.walk(source):
        target = os.path.join(part, os.path.relpath(folder, source)) if folder != source else part
        for name in names:
            if os.path.islink(os.path.join(folder, name)):
                raise OrganizeError("a folder in it is a link", subject=os.path.join(folder, name), remedy="Put the folder itself there.")
            os.mkdir(os.path.join(target, name))
        for name in files:
            if os.path.islink(one := os.path.join(folder, name)) and not _belongs(os.path.realpath(one), whole):
                raise OrganizeError("a file in it is a link that leads elsewhere", subject=one, remedy="Put the file itself there.")
            yield one, os.path.join(target, name)


def _belongs(real: str, whole: str) -> bool:
    """Whether what a link leads to is part of the folder, or content that git-annex keeps for it."""
    return real.startswith(f"{whole}{os.sep}") or _ANNEX in real


def _copy_file(source: str, part: str, told: Callable[[int], None]) -> None:
    with open(source, "rb") as reading, open(part, "xb") as writing:
        before = os.fstat(reading.fileno())
        if not _cloned(reading.fileno(), writing.fileno()):
            _copy_bytes(reading.fileno(), writing.fileno(), told)
        else:
            told(before.st_size)
        after = os.fstat(reading.fileno())
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or os.fstat(writing.fileno()).st_size != after.st_size:
            raise OrganizeError("it changed while it was copied: something still writes to it", subject=source, remedy="Wait until it is written.")
    with suppress(OSError):
        os.utime(part, ns=(after.st_atime_ns, after.st_mtime_ns))
        os.chmod(part, stat.S_IMODE(after.st_mode) | stat.S_IWUSR)


def _cloned(reading: int, writing: int) -> bool:
    import fcntl

    try:
        fcntl.ioctl(writing, _CLONE, reading)
    except OSError:
        return False
    return True


def _copy_bytes(reading: int, writing: int, told: Callable[[int], None]) -> None:
    quick = hasattr(os, "copy_file_range")
    while True:
        if quick:
            try:
                count = os.copy_file_range(reading, writing, _PIECE)
            except OSError as error:
                if error.errno not in {errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM}:
                    raise
                quick = False
                continue
        else:
            data = memoryview(os.read(reading, _PIECE))
            count = len(data)
            while data:
                data = data[os.write(writing, data) :]
        if not count:
            return
        told(count)


def placed(part: str, destination: str) -> None:
    """Gives a complete copy its name.

    Raises:
        ExistsError: Something else has that name.
    """
    if os.path.isdir(part):
        _rename_folder(part, destination)
        return
    try:
        os.link(part, destination)
    except FileExistsError:
        raise _taken(destination) from None
    except OSError:
        # A file system without hard links.
        if os.path.lexists(destination):
            raise _taken(destination) from None
        os.rename(part, destination)
        return
    os.unlink(part)


def moved(source: str, destination: str) -> None:
    """Moves a file or folder within a file system.

    Raises:
        ExistsError: Something else has that name.
        OSError: It can't be done; the source is as it was.
    """
    if os.path.islink(source):
        os.symlink(_link_text(source, destination), destination)
        remove_original(source, destination)
    elif os.path.isdir(source):
        _rename_folder(source, destination)
    else:
        _move_file(source, destination)


def _move_file(source: str, destination: str) -> None:
    try:
        os.link(source, destination)
    except FileExistsError:
        raise _taken(destination) from None
    except OSError as error:
        if error.errno not in {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES}:
            raise
        # No hard links here, or none to files of others.
        if os.path.lexists(destination):
            raise _taken(destination) from None
        os.rename(source, destination)
        return
    remove_original(source, destination)


def remove_original(source: str, destination: str) -> None:
    """Removes a file that stands at its destination too; what can't be removed stands at no second place."""
    try:
        os.unlink(source)
    except OSError:
        os.unlink(destination)
        raise


def _link_text(source: str, destination: str) -> str:
    """Where a link leads to, from another place."""
    text = os.readlink(source)
    if os.path.isabs(text):
        return text
    leads_to = os.path.join(os.path.realpath(os.path.dirname(source)), text)
    return os.path.relpath(leads_to, os.path.realpath(os.path.dirname(destination)))


def _rename_folder(source: str, destination: str) -> None:
    if os.path.lexists(destination):
        raise _taken(destination)
    os.rename(source, destination)


def hard_linked(source: str, destination: str) -> None:
    """Gives a file, or each file of a folder, a second name.

    Raises:
        ExistsError: Something else has that name.
        OSError: The file system can't.
    """
    real = os.path.realpath(source)
    if not os.path.isdir(real):
        try:
            os.link(real, destination)
        except FileExistsError:
            raise _taken(destination) from None
        return
    part = part_name(destination)
    remove(part)
    try:
        for below, one in _tree(real, part):
            os.link(below, one)
        _rename_folder(part, destination)
    except BaseException:
        remove(part)
        raise


def symlinked(text: str, destination: str) -> None:
    """Makes a symbolic link.

    Raises:
        ExistsError: Something has that name.
    """
    try:
        os.symlink(text, destination)
    except FileExistsError:
        raise _taken(destination) from None


def same_content(one: str, other: str) -> bool:
    """Whether two files, or two folders' files, are the same, byte by byte; the second is on its disk when that is said."""
    if os.path.isdir(one):
        return all(same_content(os.path.join(one, name), os.path.join(other, name)) for name in sorted(os.listdir(one)))
    with open(one, "rb") as left, open(other, "rb") as right:
        os.fsync(right.fileno())
        while True:
            here, there = left.read(_PIECE), right.read(_PIECE)
            if here != there:
                return False
            if not here:
                return True


def remove(path: str) -> None:
    """Removes a file, link or folder that this program made; nothing where there is none."""
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        with suppress(FileNotFoundError):
            os.unlink(path)


def _taken(destination: str) -> ExistsError:
    return ExistsError("it is there already, and is not replaced", subject=destination, remedy="Remove it first, or choose another name.")
