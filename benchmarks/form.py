"""How quickly the metadata form opens and answers, with few and with 200 contributors.

python benchmarks/form.py        prints milliseconds and the budget; the schema is the one that the embedded archive serves
"""

from __future__ import annotations

import json
import sys
import time
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dandi_tui.describe.form import Form
from dandi_tui.describe.schema import read_schema

if TYPE_CHECKING:
    from collections.abc import Callable

OPENING, ANSWERING = 300.0, 100.0


def _document(people: int) -> dict[str, Any]:
    persons = [
        {
            "schemaKey": "Person", "name": f"Family{number}, Given", "email": f"p{number}@example.org", "includeInCitation": True,
            "roleName": ["dcite:Author", "dcite:ContactPerson"], "affiliation": [{"schemaKey": "Affiliation", "name": f"Place {number % 7}"}],
        }
        for number in range(people)
    ]  # fmt: skip
    return {"name": "A name", "description": "word " * 1500, "license": ["spdx:CC0-1.0"], "contributor": persons, "schemaKey": "Dandiset"}


def _best(act: Callable[[], object]) -> float:
    times = []
    for _ in range(7):
        start = time.perf_counter()
        act()
        times.append((time.perf_counter() - start) * 1000)
    return min(times)


def main() -> None:
    """Prints the figures."""
    kept = json.loads(resources.files("dandi_tui.demo").joinpath("schema-0.7.0.json").read_text())
    document = {**kept["models"]["Dandiset"], "$defs": kept["$defs"]}
    for people in (3, 200):
        described = _document(people)

        def opened(described: dict[str, Any] = described) -> Form:
            form = Form(read_schema(document), described)
            form.unfolded |= {("contributor",), *(("contributor", place) for place in range(len(described["contributor"])))}
            form.rows()
            return form

        form = opened()

        def edited(form: Form = form) -> None:
            form.set_text(("contributor", 1, "name"), f"Family, Given{time.perf_counter_ns()}")
            form.rows()
            _ = form.changes, form.to_mend

        print(f"{people:4} contributors, all unfolded ({len(form.rows()):,} rows): opens in {_best(opened):6.1f} ms (budget {OPENING:.0f}), ", end="")
        print(f"an edit is shown in {_best(edited):6.1f} ms (budget {ANSWERING:.0f})")


if __name__ == "__main__":
    main()
