"""Targets: every form that people give, and back."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dandi_tui.api.instances import BY_NAME, find_instance
from dandi_tui.api.targets import Target, dandi_uri, instance_of, parse_target, web_url
from dandi_tui.errors import TargetError

CASES = Path(__file__).resolve().parents[3] / "shared" / "urls" / "cases.json"
DANDI = BY_NAME["dandi"]


def _cases() -> list[dict[str, Any]]:
    return json.loads(CASES.read_text()) if CASES.exists() else []


@pytest.mark.parametrize("case", _cases() or [pytest.param({}, marks=pytest.mark.skip(reason="shared/urls is not here"))])
def test_a_target_means_what_the_table_says(case: dict[str, Any]) -> None:
    if case["want"] is None:
        with pytest.raises(TargetError, match="Understood are"):
            parse_target(case["target"], default=DANDI)
        return
    target = parse_target(case["target"], default=DANDI)
    want = {name: value for name, value in case["want"].items() if not (name == "path" and target.kind == "local")}
    assert {name: getattr(target, name) for name in want} == want


_paths = st.lists(st.text(alphabet="ab %#?&@é.=+", min_size=1, max_size=8).filter(lambda part: part.strip(".")), min_size=1)


@given(
    st.sampled_from(["dandi", "dandi-sandbox", "ember-dandi"]),
    st.integers(0, 999_999),
    st.sampled_from([None, "draft", "0.210812.1515"]),
    _paths,
    st.booleans(),
)
def test_a_place_and_its_identifier_name_the_same(name: str, number: int, version: str | None, parts: list[str], folder: bool) -> None:
    path = "/".join(parts) + ("/" if folder else "")
    instance = BY_NAME[name]
    place = Target("folder" if folder else "asset", name, instance.api_url, f"{number:06}", version, path)
    assert parse_target(dandi_uri(place, instance), default=DANDI) == place


@given(_paths)
def test_a_folder_and_its_page_name_the_same(parts: list[str]) -> None:
    folder = Target("folder", "dandi", DANDI.api_url, "000004", "draft", "/".join(parts) + "/")
    assert parse_target(web_url(folder, DANDI) or "", default=DANDI) == folder


def test_an_unknown_api_address_is_an_instance_of_its_own() -> None:
    instance = find_instance("http://127.0.0.1:8123/api/")
    assert (instance.name, instance.api_url) == ("127.0.0.1:8123", "http://127.0.0.1:8123/api")
    target = parse_target("000004", default=instance)
    assert instance_of(target) == instance


def test_an_unknown_name_says_which_are_known() -> None:
    with pytest.raises(TargetError, match="ember-dandi"):
        find_instance("nowhere")


@pytest.mark.parametrize("file", ["dandi://dandi/000004@draft/sub-1/a b.nwb", "https://example.org/a.nwb", "/data/a.nwb"])
def test_an_object_in_a_file_is_a_place_too(file: str) -> None:
    target = parse_target(f"{file}::/units/spike_times", default=DANDI)
    assert target.inside == "/units/spike_times"
    assert parse_target(file, default=DANDI) == msgspec.structs.replace(target, inside=None)
    if target.dandiset_id:
        assert parse_target(dandi_uri(target, DANDI), default=DANDI) == target


def test_nothing_is_inside_what_is_no_file() -> None:
    with pytest.raises(TargetError, match="names no file"):
        parse_target("000004::/units", default=DANDI)


def test_a_file_whose_name_has_the_colons_is_itself() -> None:
    assert parse_target("a::/b.nwb", default=DANDI, exists=lambda _: True).inside is None


@pytest.mark.parametrize("address", ["http://archive.lab.org/api", "https://dandi/api", "http://127.0.0.1:8123/api"])
def test_places_in_other_archives_are_named_and_understood(address: str) -> None:
    instance = find_instance(address)
    place = Target("asset", None, instance.api_url, "000004", "draft", "sub-1/a.nwb")
    assert parse_target(dandi_uri(place, instance), default=instance) == place
