"""What the archive says of itself, and the schemas of its metadata."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import msgspec

from dandi_tui.demo import metadata
from dandi_tui.demo.answers import invalid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dandi_tui.demo.call import Call

_COUNTS = {
    "dandiset_count": "SELECT count(*) FROM dandiset",
    "published_dandiset_count": "SELECT count(DISTINCT dandiset) FROM version WHERE version <> 'draft'",
    "user_count": "SELECT count(*) FROM user WHERE status = 'APPROVED'",
    "size": "SELECT (SELECT coalesce(sum(size), 0) FROM blob) + (SELECT coalesce(sum(size), 0) FROM zarr)",
}


def info(call: Call) -> dict[str, Any]:
    """Versions, addresses, and the oldest client that may talk to it."""
    origin = call.addresses.origin
    return {
        "instance_config": {
            "instance_name": metadata.INSTANCE,
            "instance_identifier": "RRID:SCR_017571",
            "instance_url": f"{origin}/",
            "doi_prefix": metadata.DOI_PREFIX,
            "licenses": ["spdx:CC-BY-4.0", "spdx:CC0-1.0"],
        },
        "schema_version": metadata.SCHEMA,
        "schema_url": f"{call.addresses.api}/schemas/?model=Dandiset",
        "allowed_schema_versions": list(metadata.ALLOWED_SCHEMAS),
        "version": "1.0.0",
        "services": {"api": {"url": call.addresses.api}, "webui": {"url": origin}, "jupyterhub": {"url": f"{origin}/hub/"}},
        "cli-minimal-version": "0.74.0",
        "cli-requires-python": ">=3.10",
        "cli-bad-versions": [],
    }


def stats(call: Call) -> dict[str, int]:
    """How much the archive holds; `size` is in bytes."""
    return {name: call.store.number(query) for name, query in _COUNTS.items()}


@cache
def _schemas() -> dict[str, Any]:
    text = resources.files("dandi_tui.demo").joinpath(f"schema-{metadata.SCHEMA}.json").read_bytes()
    found: dict[str, Any] = msgspec.json.decode(text)
    return found


def schema(call: Call) -> dict[str, Any]:
    """The JSON schema of one model."""
    models = _schemas()["models"]
    if "model" not in call.request.query_params:
        raise invalid("model", "This field is required.")
    root = models[call.word("model", tuple(models))]
    return {"$defs": _reached(root), **root}


def _reached(root: object) -> dict[str, Any]:
    """The definitions that a schema leads to, by name."""
    definitions = _schemas()["$defs"]
    found: dict[str, Any] = {}
    waiting = list(_references(root))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = definitions[name]
            waiting += _references(definitions[name])
    return dict(sorted(found.items()))


def _references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(reference := node.get("$ref"), str):
            yield reference.rpartition("/")[2]
        node = list(node.values())
    if isinstance(node, list):
        for one in node:
            yield from _references(one)


def schema_models(_call: Call) -> list[str]:
    """The names of the models."""
    return list(_schemas()["models"])
