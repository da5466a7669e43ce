"""Loading pynwb and nwbinspector, which takes most of a second: safely, and in a process of their own quickly.

pynwb keeps the types of its core specification as a pickle in the person's cache folder, and writes that in place: a process that is
ended while it writes, or one that reads meanwhile, would leave every later import of pynwb failing. Here it is written elsewhere and
given its name when it is complete; where a broken one stands, it is made anew.
"""

from __future__ import annotations

import gc
import os
import sys
from contextlib import contextmanager, suppress
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from dandi_tui.dataset.argument_checks import make_quick

if TYPE_CHECKING:
    from collections.abc import Iterator

_TYPES = "pynwb_core_typemap.pkl"


@lru_cache(maxsize=1)
def load_pynwb() -> None:
    """Imports pynwb; what it keeps of its specification is written whole or not at all.

    Raises:
        ImportError: It can't be imported.
    """
    if "pynwb" in sys.modules:
        return
    kept = _kept_types()
    if kept is None:
        import pynwb
    elif not kept.exists():
        _load_anew(kept)
    else:
        try:
            import pynwb  # noqa: F401
        except Exception:  # noqa: BLE001 (a pickle that was cut raises anything)
            for name in [name for name in sys.modules if name.partition(".")[0] == "pynwb"]:
                del sys.modules[name]
            _load_anew(kept)


def _kept_types() -> Path | None:
    """Where pynwb keeps the types of its specification; None where this program can't have it write them elsewhere."""
    if sys.platform != "linux":
        return None
    from importlib.metadata import version

    from platformdirs import PlatformDirs

    return PlatformDirs(appname="pynwb-hdmf", version=f"{version('pynwb')}-{version('hdmf')}").user_cache_path / _TYPES


def _load_anew(kept: Path) -> None:
    """Imports pynwb with an empty cache, and puts what it wrote there into its place; without a cache where there is no room for one."""
    import tempfile

    try:
        folder = tempfile.TemporaryDirectory(prefix="dandi-tui-", ignore_cleanup_errors=True)
    except OSError:
        with _set("PYNWB_NO_CACHE_DIR", "1"):
            import pynwb
        return
    with folder as place:
        with _set("XDG_CACHE_HOME", place):
            import pynwb  # noqa: F401
        for made in Path(place).rglob(_TYPES):
            with suppress(OSError):
                _put(made, kept)


@contextmanager
def _set(name: str, value: str) -> Iterator[None]:
    """Sets a variable of the environment for a while."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        del os.environ[name]
        os.environ.update({name: before} if before is not None else {})


def _put(made: Path, kept: Path) -> None:
    """Copies a file to where it is kept: whole, or not at all."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    whole = kept.with_name(f".{kept.name}.{os.getpid()}")
    try:
        whole.write_bytes(made.read_bytes())
        whole.replace(kept)
    finally:
        whole.unlink(missing_ok=True)


def load_judges() -> None:
    """Loads all that files are judged by, for a process that does nothing else.

    What is loaded stays to the end, so that the search for garbage passes it over.
    """
    gc.disable()
    _leave_out()
    make_quick()
    load_pynwb()
    from dandi_tui.dataset.validate_practice import checks
    from dandi_tui.dataset.validate_specifications import validators_of_pynwb

    checks()
    validators_of_pynwb()
    gc.freeze()
    gc.enable()


def _leave_out() -> None:
    """Keeps this process from importing what its judgement does not need, and what would take as long as all the rest.

    hdmf asks zarr for one class, by which it knows arrays that HDF5 files never give; only hdmf-zarr really needs it. nwbinspector asks
    dandischema's models, where the `dandi` client is installed, for the pattern of names that it has a copy of itself.
    """
    if find_spec("hdmf_zarr") is None:
        sys.modules.setdefault("zarr", None)  # type: ignore[arg-type]
    sys.modules.setdefault("dandi", None)  # type: ignore[arg-type]
