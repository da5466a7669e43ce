"""What a file's name is made of, read from an NWB file in one pass: subject, session, samples, probes, types, media referred to.

    read_fields(path) → FileFields          HDF5 by h5py, Zarr by its metadata documents

It runs in worker processes. Values are small texts; no array is read, and no other file is opened: external links are told, not
followed.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dandi_tui.dataset.file_fields import MOST_MEDIA, SAMPLE, SAMPLE_FIELDS, FileFields, MediaObject, plain, start_digits

if TYPE_CHECKING:
    import h5py

# Series, tables and the like: many datasets, none of them a picture.
_NO_PICTURES = ("Series", "Table", "Units", "TimeIntervals", "Subject", "Device", "ElectrodeGroup", "Electrode", "Channel", "Plane", "LFP")


def read_fields(path: str) -> FileFields:
    """Reads a file's organizing fields; a file that can't be used gives its `problem`.

    Args:
        path: An NWB file, or the folder of a Zarr store.
    """
    from dandi_tui.dataset.zarr_fields import fields_of_store
    from dandi_tui.nwb.model import FileError
    from dandi_tui.nwb.zarr_store import ZarrStore, is_store

    try:
        if is_store(Path(path)):
            return fields_of_store(ZarrStore(Path(path)))
        return _of_hdf5(path)
    except FileError as error:
        return FileFields(problem=_without(path, str(error)))
    except (OSError, RuntimeError, ValueError, TypeError, KeyError, RecursionError) as error:
        return FileFields(problem=f"it is damaged: {error or type(error).__name__}")


def _without(path: str, words: str) -> str:
    """A reason without the path at its head, which stands beside it anyway."""
    return f"it {rest}" if (rest := words.removeprefix(f"{path} ")) != words else words


# HDF5


def _of_hdf5(path: str) -> FileFields:
    import h5py

    from dandi_tui.nwb.opening import open_local
    from dandi_tui.nwb.writers import kept_from_writers

    if not Path(path).is_file():
        if Path(path).exists() and not Path(path).is_dir():
            return FileFields(problem="it is no file, but a pipe or device")
        open_local(path)
    try:
        file = h5py.File(path, "r")
    except (OSError, RuntimeError, ValueError) as error:
        if "already open for write" in str(error) or "SWMR" in str(error):
            return FileFields(format="hdf5", problem="it is being written, or its writer ended without closing it (then `h5clear -s` mends it)")
        open_local(path).close()
        raise
    with file, kept_from_writers(path):
        return _Hdf5(file).fields()


class _Hdf5:
    """An HDF5 file, looked at once."""

    def __init__(self, file: h5py.File) -> None:
        self._file = file
        self._links = self._external_links()
        self._group_names: list[bytes] = []
        self._dataset_names: list[bytes] = []

    def fields(self) -> FileFields:
        from dandi_tui.nwb.hdf5_nodes import Hdf5Contents
        from dandi_tui.nwb.session import nwb_version

        version = nwb_version(Hdf5Contents(self._file))
        if version is None:
            return FileFields(format="hdf5", problem="it names no NWB version: it is HDF5, but no NWB file", external_links=self._links)
        self._visit()
        types = self._types()
        sample: dict[str, Any] = self._texts(f"/{SAMPLE}", SAMPLE_FIELDS)
        start, kinds = self._text("/session_start_time"), [kind for kind in types.values() if kind != "NWBFile"]
        return FileFields(
            format="hdf5", nwb_version=version, identifier=self._text("/identifier"), object_id=self._object_id("/"),
            subject_id=self._text("/general/subject/subject_id"), session_id=self._text("/general/session_id"),
            session_start=start_digits(start), session_start_time=start, probe_ids=self._probe_ids(), types=tuple(sorted(set(kinds))),
            subjects=kinds.count("Subject"), media=(*self._videos(), *self._images(types)), external_links=self._links, **sample,
        )  # fmt: skip

    def _external_links(self) -> tuple[str, ...]:
        from h5py import h5l

        found: list[str] = []

        def look(name: bytes, info: Any) -> None:  # noqa: ANN401 (h5py's LinkInfo)
            if info.type == h5l.TYPE_EXTERNAL:
                found.append("/" + name.decode("utf-8", "backslashreplace"))

        root = self._file["/"]  # held: the links of a group that was let go are none
        root.id.links.visit(look, info=True)
        return tuple(found[:100])

    def _visit(self) -> None:
        """Notes the names of all groups and datasets, each object once."""
        from h5py import h5o

        def look(name: bytes, info: Any) -> None:  # noqa: ANN401 (h5py's ObjInfo)
            if info.type == h5o.TYPE_GROUP:
                self._group_names.append(name)
            elif info.type == h5o.TYPE_DATASET:
                self._dataset_names.append(name)

        h5o.visit(self._file.id, look, info=True)

    def _types(self) -> dict[bytes, str]:
        """Types of the groups that have one, but for the file itself."""
        found = {name: self._attribute(name, "neurodata_type") for name in self._group_names if name != b"."}
        return {name: kind for name, kind in found.items() if kind}

    def _attribute(self, name: bytes, attribute: str) -> str | None:
        import h5py
        from h5py import h5a, h5i, h5o

        from dandi_tui.nwb.hdf5 import text_attribute

        try:
            if not h5a.exists(self._file.id, attribute.encode(), obj_name=name):
                return None
            found = h5o.open(self._file.id, name)
        except (OSError, RuntimeError, ValueError, KeyError):
            return None
        kind = h5py.Group if h5i.get_type(found) == h5i.GROUP else h5py.Dataset
        return text_attribute(kind(found), attribute)

    def _images(self, types: dict[bytes, str]) -> list[MediaObject]:
        """Pictures referred to: a dataset of one text whose type is ExternalImage, in a group that can hold pictures."""
        found: list[MediaObject] = []
        for name in self._dataset_names:
            holder = types.get(name.rpartition(b"/")[0], "")
            if not holder or holder.endswith(_NO_PICTURES) or self._attribute(name, "neurodata_type") != "ExternalImage":
                continue
            place = "/" + name.decode("utf-8", "surrogateescape")
            reference = self._text(place)
            if reference is not None and len(found) < MOST_MEDIA:
                found.append(MediaObject(place=_shown(place), object_id=self._object_id(place) or "", kind="image", references=(reference,)))
        return found

    def _videos(self) -> list[MediaObject]:
        """Series whose frames stand in other files: those in `acquisition`, and further ones in other places."""
        import h5py

        found: list[MediaObject] = []
        if not any(name.endswith(b"/external_file") for name in self._dataset_names):
            return found
        for top in ("acquisition", "stimulus/presentation", "stimulus/templates", "processing", "analysis", "scratch"):
            group = self._at(f"/{top}")
            for name, one in self._groups(group, deep=top not in {"acquisition", "stimulus/presentation", "stimulus/templates"}):
                dataset = self._member(one, "external_file")
                if not isinstance(dataset, h5py.Dataset):
                    continue
                references = _texts_of(dataset)
                place = f"/{top}/{name}"
                if references is not None:
                    known = self._own_object_id(one) or ""
                    found.append(MediaObject(place=place, object_id=known, kind="video", references=references, organized=top == "acquisition"))
        return found

    def _groups(self, group: Any, *, deep: bool) -> list[tuple[str, Any]]:  # noqa: ANN401
        """The groups in a group, and with `deep` those one level below (a module holds its series, or containers of them)."""
        import h5py

        from dandi_tui.nwb.hdf5 import names_of, shown_name

        if not isinstance(group, h5py.Group):
            return []
        found = [(shown_name(name), one) for name in names_of(group) if isinstance(one := self._member(group, name), h5py.Group)]
        if not deep:
            return found
        inner = [(f"{name}/{below}", one) for name, member in found for below, one in self._groups(member, deep=False)]
        return found + inner + [(f"{name}/{below}", one) for name, member in inner for below, one in self._groups(member, deep=False)]

    def _member(self, group: Any, name: str) -> Any:  # noqa: ANN401
        """What a name leads to, by hard links and by soft links within the file."""
        from h5py import h5l

        from dandi_tui.nwb.hdf5 import child
        from dandi_tui.nwb.model import FileError

        key = name.encode("utf-8", "surrogateescape")
        with suppress(OSError, RuntimeError, ValueError, KeyError, FileError):
            if not group.id.links.exists(key):
                return None
            link = group.id.links.get_info(key)
            if link.type == h5l.TYPE_HARD:
                return child(group, name, name)[1]
            if link.type == h5l.TYPE_SOFT:
                target = group.id.links.get_val(key).decode("utf-8", "surrogateescape")
                return self._at(target if target.startswith("/") else f"{group.name}/{target}")
        return None

    def _at(self, path: str) -> Any:  # noqa: ANN401
        """What is at a path; where no link leads out of the file, the library finds it quicker than we do."""
        from dandi_tui.nwb.hdf5 import object_at
        from dandi_tui.nwb.model import FileError

        try:
            return object_at(self._file, path) if self._links else _opened(self._file, path)
        except (FileError, OSError, RuntimeError, ValueError, KeyError):
            return None

    def _object_id(self, path: str) -> str | None:
        return self._own_object_id(self._at(path))

    def _own_object_id(self, found: Any) -> str | None:  # noqa: ANN401
        """An object's identifier; an empty one is told from none."""
        if found is None:
            return None
        with suppress(OSError, RuntimeError, ValueError, TypeError, KeyError):
            if "object_id" in found.attrs:
                return plain(found.attrs["object_id"])
        return None

    def _text(self, path: str) -> str | None:
        import h5py

        found = self._at(path)
        values = _texts_of(found) if isinstance(found, h5py.Dataset) else None
        return values[0] if values and len(values) == 1 else None

    def _texts(self, path: str, names: tuple[str, ...]) -> dict[str, str | None]:
        """Fields of a group: datasets, or attributes, of one text."""
        import h5py

        group = self._at(path)
        if not isinstance(group, h5py.Group):
            return {}
        found: dict[str, str | None] = {}
        for name in names:
            found[name] = self._text(f"{path}/{name}")
            with suppress(OSError, RuntimeError, ValueError, TypeError, KeyError):
                if found[name] is None and name in group.attrs:
                    found[name] = plain(group.attrs[name])
        return found

    def _probe_ids(self) -> tuple[str, ...]:
        import h5py

        found: list[str | None] = []
        for name, device in self._groups(self._at("/general/devices"), deep=False):
            with suppress(OSError, RuntimeError, ValueError, TypeError, KeyError):
                if "probe_id" in device.attrs:
                    found.append(plain(device.attrs["probe_id"]))
                elif isinstance(self._member(device, "probe_id"), h5py.Dataset):
                    found.append(self._text(f"/general/devices/{name}/probe_id"))
        return tuple(value for value in found if value is not None)


def _opened(file: h5py.File, path: str) -> Any:  # noqa: ANN401
    import h5py
    from h5py import h5i, h5o

    found = h5o.open(file.id, path.encode("utf-8", "surrogateescape"))
    return {h5i.GROUP: h5py.Group, h5i.DATASET: h5py.Dataset}.get(h5i.get_type(found), h5py.Datatype)(found)


def _shown(place: str) -> str:
    from dandi_tui.nwb.hdf5 import shown_name

    return shown_name(place)


def _texts_of(dataset: Any) -> tuple[str, ...] | None:  # noqa: ANN401 (h5py.Dataset)
    """The texts (or numbers) of a small dataset; None where it is another thing, or its bytes stand outside the file."""
    try:
        if dataset.shape is None or len(dataset.shape) > 1 or dataset.size > MOST_MEDIA or dataset.external or dataset.is_virtual:
            return None
        value = dataset[()]
    except (OSError, RuntimeError, ValueError, TypeError, KeyError, UnicodeDecodeError):
        return None
    values = list(value) if getattr(value, "shape", ()) else [value]
    found = [plain(one) for one in values]
    return None if None in found else tuple(one for one in found if one is not None)
