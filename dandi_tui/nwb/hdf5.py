"""The objects of an HDF5 file, in path order, each read only as far as its header: nothing outside the file is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import h5py
from h5py import h5a, h5i, h5l, h5o

from dandi_tui.nwb.datatypes import compression_of, filters_of, type_words
from dandi_tui.nwb.model import FileError, Listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LONGEST_TYPE = 256


class Ahead(Protocol):
    """A file that is far away, and is told what will be read next: places in bytes from its start."""

    def prefetch_headers(self, headers: Iterable[int]) -> None:
        """Headers that will be read."""

    def prefetch_indexes(self, headers: Iterable[int]) -> None:
        """Headers of groups whose names will be listed."""


def names_of(group: h5py.Group) -> list[str]:
    """The names in a group, by name."""
    names: list[bytes] = []
    group.id.links.iterate(names.append)
    return [name.decode("utf-8", "surrogateescape") for name in sorted(names)]


def shown_name(name: str) -> str:
    r"""A name as valid text: bytes that are no UTF-8 are written `\\xNN`."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def text_attribute(obj: h5py.HLObject, name: str, most: int = _LONGEST_TYPE) -> str | None:
    """An attribute that is one short text; None where there is none, or another thing of that name."""
    try:
        key = name.encode()
        if not h5a.exists(obj.id, key):
            return None
        attribute = h5a.open(obj.id, key)
        if attribute.get_type().get_class() != h5py.h5t.STRING or attribute.get_space().get_simple_extent_npoints() != 1:
            return None
        value = obj.attrs[name]
    except (OSError, RuntimeError, ValueError, TypeError, UnicodeDecodeError, KeyError):
        return None
    value = value.flat[0] if getattr(value, "shape", None) else value
    value = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    return value if isinstance(value, str) and 0 < len(value) <= most else None


def described(obj: Any, path: str, *, count: bool = True) -> Listed:  # noqa: ANN401 (a group, dataset or named datatype)
    """An object by its header alone; with `count`, a group's members too, which stand elsewhere in the file."""
    common: dict[str, Any] = {
        "path": path,
        "neurodata_type": text_attribute(obj, "neurodata_type"),
        "namespace": text_attribute(obj, "namespace"),
        "attributes": h5a.get_num_attrs(obj.id),
    }
    if isinstance(obj, h5py.Dataset):
        space = obj.id.get_space()
        null = space.get_simple_extent_type() == h5py.h5s.NULL
        properties = obj.id.get_create_plist()
        chunked = properties.get_layout() == h5py.h5d.CHUNKED
        return Listed(
            kind="dataset",
            shape=None if null else list(space.get_simple_extent_dims()),
            dtype=type_words(obj.id.get_type()),
            chunks=list(properties.get_chunk()) if chunked else None,
            compression=compression_of(filters_of(obj)),
            **common,
        )
    if isinstance(obj, h5py.Group):
        return Listed(kind="group", members=obj.id.get_num_objs() if count else None, **common)
    return Listed(kind="datatype", dtype=type_words(obj.id), **common)


def child(group: h5py.Group, name: str, path: str, *, count: bool = True) -> tuple[Listed, Any]:
    """What a name of a group leads to, and the object where it is in this file and readable."""
    key = name.encode("utf-8", "surrogateescape")
    try:
        link = group.id.links.get_info(key)
        if link.type == h5l.TYPE_SOFT:
            target = group.id.links.get_val(key).decode("utf-8", "backslashreplace")
            return Listed(path=path, kind="link", link="soft", target=target), None
        if link.type == h5l.TYPE_EXTERNAL:
            file, target = (part.decode("utf-8", "backslashreplace") for part in group.id.links.get_val(key))
            return Listed(path=path, kind="link", link="external", target=target, file=file), None
        obj = _opened(group, key)
        return described(obj, path, count=count), obj
    except (OSError, RuntimeError, ValueError, TypeError, KeyError, NotImplementedError) as error:
        return Listed(path=path, kind="unreadable", reason=words_of(error)), None


def _opened(group: h5py.Group, key: bytes) -> Any:  # noqa: ANN401
    made = h5o.open(group.id, key)
    kind = h5i.get_type(made)
    if kind == h5i.GROUP:
        return h5py.Group(made)
    return h5py.Dataset(made) if kind == h5i.DATASET else h5py.Datatype(made)


def words_of(error: BaseException) -> str:
    """The library's words for a failure, in short."""
    text = str(error.args[0]) if error.args else type(error).__name__
    text = text.removeprefix("Unable to synchronously open object ")
    return (text[1:-1] if text.startswith("(") and text.endswith(")") else text) or type(error).__name__


def child_path(path: str, name: str) -> str:
    """The path of a name in a group."""
    return f"{path.rstrip('/')}/{shown_name(name)}"


def object_at(file: h5py.File, path: str) -> Any:  # noqa: ANN401
    """The object at a path, through hard links and soft links within the file; never into another file.

    Raises:
        FileError: There is none, a link leads nowhere or outside, or it can't be read.
    """
    here: Any = file["/"]
    parts = [part for part in path.split("/") if part]
    for hops, _ in enumerate(range(10_000)):
        if not parts:
            return here
        if hops > 2_000 or not isinstance(here, h5py.Group):
            break
        name = parts.pop(0)
        listed, found = child(here, _stored_name(here, name), f"…/{name}")
        if listed.link == "external":
            raise FileError(f"{path} leads into another file, {listed.file}: it is not opened")
        if listed.link == "soft":
            target = [part for part in (listed.target or "").split("/") if part]
            here = file["/"] if (listed.target or "").startswith("/") else here
            parts = target + parts
            continue
        if found is None:
            if not _has(here, name):
                raise FileError(f"there is no {path} in this file")
            raise FileError(f"{path} can't be read: {listed.reason}")
        here = found
    raise FileError(f"there is no {path} in this file, or its links go round in a ring")


def _has(group: h5py.Group, shown: str) -> bool:
    """Whether a group has a name, as far as it can be told."""
    try:
        return bool(group.id.links.exists(_stored_name(group, shown).encode("utf-8", "surrogateescape")))
    except (OSError, RuntimeError, ValueError):
        return True


def _stored_name(group: h5py.Group, shown: str) -> str:
    if "\\x" not in shown:
        return shown
    return next((name for name in names_of(group) if shown_name(name) == shown), shown)


def header_addresses(group: h5py.Group, names: list[str]) -> list[int]:
    """Where the headers of a group's objects begin, in bytes from the start of the file."""
    found = []
    for name in names:
        link = group.id.links.get_info(name.encode("utf-8", "surrogateescape"))
        if link.type == h5l.TYPE_HARD:
            found.append(int(link.u))
    return found


def identity(obj: Any) -> tuple[int, int] | None:  # noqa: ANN401
    """What tells an object that several names lead to; None where one name alone does."""
    info = h5o.get_info(obj.id)
    return (info.fileno, info.addr) if info.rc > 1 else None


def walk(file: h5py.File, start: str = "/", *, depth: int | None = None, ahead: Ahead | None = None) -> Iterator[Listed]:
    """Lists what is below a path, depth first by name; an object reached again names its first path and ends there.

    Args:
        file: The file.
        start: Where to begin; the object itself is not listed, unless it is no group.
        depth: How many levels; None: all.
        ahead: Is told what will be read next, of a file that is far away.

    Raises:
        FileError: There is no such path.
    """
    top = object_at(file, start)
    if not isinstance(top, h5py.Group):
        yield described(top, start)
        return
    info = h5o.get_info(top.id)
    seen = {(info.fileno, info.addr): start}
    stack = [_Level(top, start, ahead, further=depth != 1)]
    while stack:
        level = stack[-1]
        name = next(level.names, None)
        if name is None:
            stack.pop()
            continue
        path = child_path(level.path, name)
        listed, found = child(level.group, name, path, count=ahead is None)
        if found is not None:
            same = identity(found) or _own(found)
            if same in seen:
                yield _again(listed, seen[same])
                continue
            seen[same] = path
        yield listed
        if isinstance(found, h5py.Group) and (depth is None or len(stack) < depth):
            try:
                stack.append(_Level(found, path, ahead, further=depth is None or len(stack) + 1 < depth))
            except (OSError, RuntimeError, ValueError) as error:
                yield Listed(path=child_path(path, "…"), kind="unreadable", reason=words_of(error))


def _own(obj: Any) -> tuple[int, int]:  # noqa: ANN401
    info = h5o.get_info(obj.id)
    return (info.fileno, info.addr)


def _again(listed: Listed, first: str) -> Listed:
    import msgspec

    return msgspec.structs.replace(listed, target=first)


class _Level:
    """A group whose names are being listed."""

    def __init__(self, group: h5py.Group, path: str, ahead: Ahead | None, *, further: bool) -> None:
        self.group, self.path = group, path
        self.names = iter(look_ahead(group, ahead, further=further) if ahead else names_of(group))


def look_ahead(group: h5py.Group, ahead: Ahead, *, further: bool) -> list[str]:
    """The names of a group, with its objects' headers brought side by side; with `further`, their own names too."""
    ahead.prefetch_indexes([_own(group)[1]])
    names = names_of(group)
    headers = header_addresses(group, names)
    (ahead.prefetch_indexes if further else ahead.prefetch_headers)(headers)
    return names


def children(file: h5py.File, path: str, ahead: Ahead | None = None) -> list[Listed]:
    """The members of one group, without going further.

    Raises:
        FileError: There is no such group.
    """
    found = object_at(file, path)
    return list(walk(file, path, depth=1, ahead=ahead)) if isinstance(found, h5py.Group) else []
