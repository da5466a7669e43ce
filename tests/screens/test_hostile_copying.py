"""What is copied is pasted into shells, editors and notebooks: names from an archive or a file do nothing there."""

from __future__ import annotations

import ast
import shutil
import subprocess

import msgspec
import pytest

from dandi_tui.api.instances import find_instance
from dandi_tui.api.models import Asset, Version
from dandi_tui.api.targets import Target
from dandi_tui.nwb.model import Listed
from dandi_tui.screens.clipboard import one_line, pasteable, quoted
from dandi_tui.screens.copying import copy_forms, python_snippet
from dandi_tui.screens.nwb_copying import object_forms

HOSTILE = [
    "/a\nrm -rf ~\n",
    "/a\x1b[201~\x15touch pwned\r",
    "/a'; touch pwned; '",
    '/a"); import os; os.system("touch pwned")  #',
    "/a\\'); print('pwned",
    "/{key}/{0}/{__import__('os')}",
    "/$(touch pwned)`touch pwned`",
    "/a\x9b31m\u202egpj",
]
WORKS_ON_PASTE = set(map(chr, [*range(32), *range(127, 160)])) - set("\n\t")


def _literals(code: str) -> set[str]:
    return {node.value for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


@pytest.mark.parametrize("path", HOSTILE)
@pytest.mark.parametrize(
    ("form", "source"),
    [("hdf5", "/data/it.nwb"), ("hdf5", "https://archive/asset/"), ("lindi", "/data/x.lindi.json"), ("zarr", "/data/it.zarr"), ("zarr", "https://a/{key}")],
)
def test_names_within_files_are_texts_in_what_is_copied(path: str, form: str, source: str) -> None:
    for name in (source, source + path):
        for choice in object_forms(Listed(path=path, kind="group"), name, "", key="DANDI_API_KEY", form=form):
            assert not set(choice.value) & WORKS_ON_PASTE, choice.words
            if choice.words.startswith("Python"):
                calls = {node.func.id for node in ast.walk(ast.parse(choice.value)) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
                assert calls <= {"print", "Keys", "super", "NWBZarrIO"}
            elif not choice.words.startswith("notebook"):
                assert "\n" not in choice.value, choice.words


@pytest.mark.parametrize("path", HOSTILE)
def test_a_copied_command_is_one_word_to_a_shell(path: str) -> None:
    if not (bash := shutil.which("bash")):
        pytest.skip("bash is not installed")
    done = subprocess.run([bash, "-c", f"printf %s {quoted(path)}"], capture_output=True, check=True)
    assert done.stdout.decode() == path


@pytest.mark.parametrize("path", HOSTILE)
def test_places_of_an_archive_are_texts_in_what_is_copied(path: str) -> None:
    instance = find_instance("https://x;touch${IFS}pwned;@archive.lab.org/api")
    forms = copy_forms(Target("asset", None, instance.api_url, "000004", "draft", path, "1"), instance)
    assert "-i 'https://x;touch${IFS}pwned;@" in forms["command: dandi-tui"]
    for name, text in forms.items():
        assert not set(text) & WORKS_ON_PASTE, name
        assert "\n" not in text or name.startswith("Python"), name


def test_an_address_is_a_text_in_python() -> None:
    address = 'https://a/"); import os; os.system("touch pwned")  #/download/'
    assert address in _literals(python_snippet(address))


@pytest.mark.parametrize("name", ['1"); import os', "../../../users/me", "a b", "a\n", "", "a" * 101])
def test_ids_that_are_none_are_refused_as_they_arrive(name: str) -> None:
    record = {"asset_id": name, "path": "a.nwb", "size": 1, "created": "2020-01-01T00:00:00Z", "modified": "2020-01-01T00:00:00Z", "blob": None, "zarr": None}
    with pytest.raises(msgspec.ValidationError, match="asset_id"):
        msgspec.convert(record, Asset)
    with pytest.raises(msgspec.ValidationError, match="version"):
        msgspec.convert({"version": name}, Version)


def test_lines_stay_and_keys_go() -> None:
    assert pasteable("a\r\n\tb\x1b[201~\x15c\ud800") == "a\n\tb�[201~�c�"
    assert one_line("a\nb\tc") == "a�b�c"
