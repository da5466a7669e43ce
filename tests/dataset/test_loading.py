"""Loading pynwb: safely, whatever stands in its cache; and the short ways of judging, which give what the long ones give."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from recordings import write_apart

from dandi_tui.dataset.validate_specifications import digest_of_specifications, own_specifications, validators_of_pynwb
from dandi_tui.demo.sample_data.metadata import Recording

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file as this pynwb writes it."""
    path = tmp_path_factory.mktemp("recording") / "a.nwb"
    write_apart(Recording(subject="M1", session="s1", start=datetime(2024, 5, 3, tzinfo=UTC), description="Licking for reward"), path, 1, seconds=2.0)
    return path


def in_new_process(code: str, home: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")} | {"HOME": str(home)}
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="pynwb's cache is elsewhere on this system")
def test_what_pynwb_keeps_is_written_whole_and_made_anew_where_it_is_broken(tmp_path: Path) -> None:
    load = "from dandi_tui.dataset.loading import load_pynwb; load_pynwb(); import pynwb; print(pynwb.get_type_map().namespace_catalog.namespaces)"
    first = in_new_process(load, tmp_path)
    (kept,) = tmp_path.rglob("pynwb_core_typemap.pkl")
    whole = kept.read_bytes()
    kept.write_bytes(whole[:1000])
    assert in_new_process(load, tmp_path) == first
    assert len(kept.read_bytes()) > len(whole) / 2
    assert in_new_process("import pynwb; print(pynwb.get_type_map().namespace_catalog.namespaces)", tmp_path) == first
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


@pytest.mark.skipif(sys.platform != "linux", reason="pynwb's cache is elsewhere on this system")
@pytest.mark.slow
def test_where_its_cache_can_not_be_mended_pynwb_is_loaded_all_the_same_and_nothing_is_left_lying(tmp_path: Path) -> None:
    load = "from dandi_tui.dataset.loading import load_pynwb; load_pynwb(); import pynwb; print(pynwb.get_type_map().namespace_catalog.namespaces)"
    first = in_new_process(load, tmp_path)
    (kept,) = tmp_path.rglob("pynwb_core_typemap.pkl")
    kept.unlink()
    (kept / "in the way").mkdir(parents=True)
    assert in_new_process(load, tmp_path) == first
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]
    no_room = "import tempfile\ndef full(*_, **__): raise OSError(28, 'No space left on device')\ntempfile.mkdtemp = full\n"
    assert in_new_process(no_room + load, tmp_path) == first


def test_files_that_carry_pynwbs_own_specifications_are_known(recording: Path) -> None:
    assert digest_of_specifications(str(recording)) == own_specifications()


def test_pynwbs_own_specifications_are_those_that_it_parses_from_a_file(recording: Path) -> None:
    from pynwb.validation import get_cached_namespaces_to_validate

    names, manager, _ = get_cached_namespaces_to_validate(str(recording))
    own = validators_of_pynwb().validators
    assert names == [one.namespace.name for one in own] == ["core"]
    parsed = manager.type_map.namespace_catalog.get_namespace("core")
    types = parsed.get_registered_types()
    assert sorted(types) == sorted(own[0].namespace.get_registered_types())
    assert all(parsed.get_spec(one) == own[0].namespace.get_spec(one) for one in types)


def test_findings_do_not_depend_on_whether_the_client_is_installed() -> None:
    """Where it is not, nwbinspector takes its own copy of the pattern of names, as our processes do."""
    import inspect

    import dandischema.models
    from nwbinspector.checks import check_experimenter_form

    assert repr(dandischema.models.NAME_PATTERN)[1:-1].replace("\\\\", "\\") in inspect.getsource(inspect.unwrap(check_experimenter_form))


def test_what_judges_load_leaves_out_what_they_do_not_need(tmp_path: Path) -> None:
    code = (
        "from dandi_tui.dataset.loading import load_judges; load_judges(); import sys\n"
        "print([name for name in ('zarr', 'dandi', 'dandischema.models') if sys.modules.get(name)])"
    )
    assert in_new_process(code, tmp_path) == "[]"
