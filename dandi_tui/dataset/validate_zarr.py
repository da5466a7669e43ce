"""NWB files in Zarr, as pynwb and nwbinspector see them: read with hdmf-zarr, where that is installed (extra `zarr`).

hdmf-zarr follows references into other stores, and writes texts as pickles, which can run anything: no other store is opened, and
of pickles only plain values are taken.
"""

from __future__ import annotations

import io
import pickle
import warnings
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from dandi_tui.dataset.findings import Layer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dandi_tui.dataset.findings import Finding

INSTALL = "pip install 'dandi-tui[zarr]' (hdmf-zarr) has them checked."


def can_read() -> bool:
    """Whether hdmf-zarr is installed."""
    return find_spec("hdmf_zarr") is not None


def store_findings(path: str, layers: Sequence[str]) -> list[Finding]:
    """What pynwb's validator and nwbinspector say of an NWB file in Zarr.

    Args:
        path: The store's folder.
        layers: Which layers: `schema`, `practice`.
    """
    from dandi_tui.dataset.validate_schema import unreadable_by_pynwb

    with warnings.catch_warnings(), _plain_pickles():
        warnings.simplefilter("ignore")
        try:
            return list(_findings(path, layers))
        except Exception as error:  # noqa: BLE001 (pynwb raises anything over a broken file)
            return [unreadable_by_pynwb(path, error)]


def _findings(path: str, layers: Sequence[str]) -> Iterator[Finding]:
    from nwbinspector import inspect_nwbfile_object

    from dandi_tui.dataset.validate_practice import checks, told_messages
    from dandi_tui.dataset.validate_schema import told_errors

    with _opened(path) as opened:
        file = opened.read()
        if Layer.SCHEMA in layers:
            yield from told_errors(path, list(_errors(opened)))
        if Layer.PRACTICE in layers:
            yield from told_messages(path, inspect_nwbfile_object(file, checks=checks()))


def _opened(path: str) -> Any:  # noqa: ANN401 (an NWBZarrIO)
    from hdmf_zarr import NWBZarrIO

    class OwnStoreOnly(NWBZarrIO):  # type: ignore[misc]
        """Opens nothing but the store itself."""

        def resolve_ref(self, zarr_ref: Any) -> Any:  # noqa: ANN401 (as hdmf-zarr has it)
            if zarr_ref.get("source") != ".":
                raise ValueError(f"it leads into another store ({str(zarr_ref.get('source'))[:200]}), which is not opened")
            return super().resolve_ref(zarr_ref)

    return OwnStoreOnly(path, mode="r", load_namespaces=True)


def _errors(opened: Any) -> Iterator[Any]:  # noqa: ANN401
    """The errors of all specifications that the store carries."""
    from hdmf.validate import ValidatorMap
    from pynwb.validation import get_cached_namespaces_to_validate

    names, _, _ = get_cached_namespaces_to_validate(io=opened)
    catalog, builder = opened.manager.type_map.namespace_catalog, opened.read_builder()
    for name in names or ["core"]:
        yield from ValidatorMap(catalog.get_namespace(name=name)).validate(builder)


@contextmanager
def _plain_pickles() -> Iterator[None]:
    """Chunks that are pickles, which hdmf-zarr writes texts and references as, give these alone in here."""
    import numcodecs.pickles
    from numcodecs.registry import codec_registry

    class Plain(numcodecs.pickles.Pickle):  # type: ignore[misc]
        """Decodes arrays of texts, numbers, lists and records."""

        def decode(self, buf: Any, out: Any = None) -> Any:  # noqa: ANN401 (as numcodecs has it)
            found = _Plain(io.BytesIO(bytes(buf))).load()
            if out is None:
                return found
            out[...] = found
            return out

    before = codec_registry.get("pickle")
    codec_registry["pickle"] = Plain
    try:
        yield
    finally:
        codec_registry["pickle"] = before


class _Plain(pickle.Unpickler):
    """A pickle of arrays and plain values; anything else in it is refused before it is made."""

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 (as pickle has it)
        if (module.replace("numpy.core", "numpy._core"), name) not in _PLAIN:
            raise ValueError(f"it holds a pickle that asks for {module}.{name}, which could run anything: it is not decoded")
        return super().find_class(module, name)


_PLAIN = {
    ("numpy", "ndarray"), ("numpy", "dtype"), ("numpy._core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "scalar"),
    ("numpy._core.numeric", "_frombuffer"), ("hdmf_zarr.utils", "ZarrReference"), ("_codecs", "encode"),
}  # fmt: skip
