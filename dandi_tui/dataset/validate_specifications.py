"""Specifications that files carry, each set of them parsed once a process: for pynwb's validator, and for reading.

pynwb parses a file's specifications anew each time it validates or reads one, which takes most of its time. Files of one laboratory
carry the same ones: what comes of them is kept here by the digest of their text. Where it is the text that this pynwb writes itself,
its own specifications are the same, and nothing is parsed.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
_MOST_KEPT = 8


class Validators(NamedTuple):
    """The validators of a set of specifications, and the map of types that they belong to."""

    type_map: Any
    validators: list[Any]


class _Kept(Generic[T]):
    """What was made of the last sets of specifications, by their digest."""

    def __init__(self, make: Callable[[str], T]) -> None:
        self._make = make
        self._made: OrderedDict[str, T] = OrderedDict()

    def of(self, path: str, digest: str) -> T:
        """What is made of the specifications that a file carries."""
        if digest not in self._made:
            made = self._make(path)
            while len(self._made) >= _MOST_KEPT:
                self._made.popitem(last=False)
            self._made[digest] = made
        self._made.move_to_end(digest)
        return self._made[digest]


def digest_of_specifications(path: str) -> str:
    """The digest of all specifications that a file carries, with their names and versions; empty where it carries none.

    Raises:
        OSError: h5py can't open the file; it raises others over a damaged one.
    """
    import h5py

    found: dict[str, bytes] = {}

    def take(name: str, item: Any) -> None:  # noqa: ANN401
        text = item[()] if isinstance(item, h5py.Dataset) else b""
        found[name] = text if isinstance(text, bytes) else str(text).encode("utf-8", "surrogateescape")

    with h5py.File(path, "r") as file:
        place = file.attrs.get(".specloc")
        if place is None:
            return ""
        file[place].visititems(take)
    return _digest(found)


def _digest(texts: dict[str, bytes]) -> str:
    """The digest of specifications by their places (`core/2.8.0/nwb.base`), in the order of these."""
    digest = hashlib.sha256()
    for name in sorted(texts):
        digest.update(name.encode("utf-8", "surrogateescape") + b"\0" + texts[name] + b"\0")
    return digest.hexdigest()


@lru_cache(maxsize=1)
def own_specifications() -> str:
    """The digest of what this pynwb writes into each file that has no extensions; empty where that can't be told."""
    with suppress(Exception):
        return _digest(_own_texts())
    return ""


def _own_texts() -> dict[str, bytes]:
    """As `HDF5IO` writes them; what it has beyond that can only make the digest another one, which costs time and nothing else."""
    from hdmf.backends.utils import NamespaceToBuilderHelper
    from hdmf.spec.write import SpecWriter
    from pynwb import get_type_map

    found: dict[str, bytes] = {}

    class Writer(SpecWriter):  # type: ignore[misc]
        def write_spec(self, spec: Any, path: str) -> None:  # noqa: ANN401
            found[f"{place}/{path}"] = json.dumps(spec, separators=(",", ":")).encode()

        def write_namespace(self, namespace: Any, path: str) -> None:  # noqa: ANN401
            self.write_spec({"namespaces": [namespace]}, path)

    catalog = get_type_map(copy=False).namespace_catalog
    for name in catalog.namespaces:
        place = f"{name}/{catalog.get_namespace(name).version}"
        found[name] = found[place] = b""
        NamespaceToBuilderHelper.convert_namespace(catalog, name).export("namespace", writer=Writer())
    return found


def validators_for(path: str, digest: str) -> Validators:
    """The validators of a file's own specifications; of pynwb's where it carries none."""
    if digest == own_specifications():
        return validators_of_pynwb()
    return _validators.of(path, digest)


def type_map_for(path: str, digest: str) -> Any:  # noqa: ANN401
    """The types by which pynwb makes objects of a file: its own, and those of the file's extensions. Classes that it generates are kept too."""
    return _type_maps.of(path, digest)


def _made_validators(path: str) -> Validators:
    from hdmf.validate import ValidatorMap
    from pynwb.validation import get_cached_namespaces_to_validate

    names, manager, _ = get_cached_namespaces_to_validate(path)
    if not names:
        return validators_of_pynwb()
    type_map = manager.type_map
    return Validators(type_map, [ValidatorMap(type_map.namespace_catalog.get_namespace(name=name)) for name in names])


@lru_cache(maxsize=1)
def validators_of_pynwb() -> Validators:
    """The validators of pynwb's own specifications."""
    from hdmf.validate import ValidatorMap
    from pynwb import CORE_NAMESPACE, get_type_map

    type_map = get_type_map()
    return Validators(type_map, [ValidatorMap(type_map.namespace_catalog.get_namespace(name=CORE_NAMESPACE))])


def _made_type_map(path: str) -> Any:  # noqa: ANN401
    """As `NWBHDF5IO(path, load_namespaces=True)` makes it."""
    from pynwb import NWBHDF5IO, get_type_map

    type_map = get_type_map()
    NWBHDF5IO.load_namespaces(type_map, path)
    return type_map


_validators = _Kept(_made_validators)
_type_maps = _Kept(_made_type_map)
