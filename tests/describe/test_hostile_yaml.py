"""YAML that is no document of metadata, or becomes more than there is room for: told in words at once."""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

import pytest
import yaml

from dandi_tui.api.documents import from_yaml
from dandi_tui.dataset.validate_dandiset import dandiset_findings
from dandi_tui.describe.as_text import parse
from dandi_tui.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

_SLACK = 100 * 2**10  # kB
LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(f"{chr(98 + at)}: &{chr(98 + at)} [{', '.join(['*' + chr(97 + at)] * 10)}]\n" for at in range(9))
CASES = {
    "laughs": LAUGHS,
    "of itself": "a: &a {b: *a}",
    "a list of itself": "a: &a [*a]",
    "deep": "a: " + "[" * 3000 + "]" * 3000,
    "a number without an end": "a: " + "9" * 6000,
    "no day": "a: !!timestamp someday",
    "no number": "a: !!int many",
    "a program": "a: !!python/object/apply:os.system ['touch pwned']",
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_told_in_words(name: str, tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(UsageError, match="no YAML"):
        parse(CASES[name])
    (tmp_path / "dandiset.yaml").write_text(CASES[name])
    assert dandiset_findings(tmp_path / "dandiset.yaml", "dandiset.yaml")[0].id == "dandiset_yaml.unreadable"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < _SLACK
    with pytest.raises((ValueError, yaml.YAMLError)):
        from_yaml(CASES[name])


def test_parts_that_have_a_name_are_read_where_they_are_named() -> None:
    assert parse("a: &one {b: 1}\nc: *one\nd:\n  <<: *one\n") == {"a": {"b": 1}, "c": {"b": 1}, "d": {"b": 1}}
