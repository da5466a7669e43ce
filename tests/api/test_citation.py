"""Citations in the styles that journals ask for."""

from __future__ import annotations

from typing import Any

import pytest

from dandi_tui.api.citation import FORMATS, cite_as

PEOPLE = ("Doe, Alice B.", "Roe, Bob", "Müller, Séverine")


def _metadata(*names: str, **more: str) -> dict[str, Any]:
    people = [{"schemaKey": "Person", "name": name, "includeInCitation": True} for name in names]
    document = {"name": "Whiskers", "identifier": "DANDI:000001", "version": "0.240101.0900", "dateCreated": "2024-01-01", "contributor": people}
    return {**document, "doi": "10.48324/dandi.000001/0.240101.0900", **more}


STYLED = {
    "apa": "Doe, A. B., Roe, B., & Müller, S. (2024). Whiskers (Version 0.240101.0900) [Data set]. DANDI Archive. https://doi.org/",
    "mla": "Doe, Alice B., et al. Whiskers. Version 0.240101.0900, DANDI Archive, 2024, https://doi.org/",
    "chicago": "Doe, Alice B., Bob Roe, and Séverine Müller. 2024. “Whiskers.” Version 0.240101.0900. DANDI Archive. https://doi.org/",
    "harvard": "Doe, A.B., Roe, B. and Müller, S. (2024) Whiskers. Version 0.240101.0900. DANDI Archive. Available at: https://doi.org/",
    "vancouver": "Doe AB, Roe B, Müller S. Whiskers [dataset]. Version 0.240101.0900. DANDI Archive; 2024. Available from: https://doi.org/",
    "ieee": "A. B. Doe, B. Roe, and S. Müller, “Whiskers,” DANDI Archive, 2024, version 0.240101.0900, doi: 10.48324/",
    "methods": "We used the data of Dandiset 000001, version 0.240101.0900 (Whiskers;",
    "availability": "The data are available at DANDI Archive (RRID:SCR_017571) as Dandiset 000001, version 0.240101.0900:",
}


@pytest.mark.parametrize("form", STYLED)
def test_each_style_is_written_as_its_readers_expect(form: str) -> None:
    assert cite_as(_metadata(*PEOPLE), form).startswith(STYLED[form])


def test_a_cff_file_can_be_read_back() -> None:
    import yaml

    record = yaml.safe_load(cite_as(_metadata(*PEOPLE), "cff"))
    assert record["authors"][2] == {"family-names": "Müller", "given-names": "Séverine"}
    assert (record["cff-version"], record["type"]) == ("1.2.0", "dataset")


@pytest.mark.parametrize("form", FORMATS)
def test_odd_people_and_missing_parts_make_no_trouble(form: str) -> None:
    for names in ((), ("Cher",), ("Doe, ",), (", Alice",), tuple(f"Family{number}, Given" for number in range(200))):
        assert cite_as(_metadata(*names), form)
    assert cite_as({}, form)
