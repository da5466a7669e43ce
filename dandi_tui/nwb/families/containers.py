"""Groups that hold other objects: how many of which type."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from dandi_tui.nwb.families.family import Family, told
from dandi_tui.nwb.model import Glance

if TYPE_CHECKING:
    from dandi_tui.nwb.node import Contents, Group

_MOST = 200


def container_glance(contents: Contents, group: Group, fully: bool) -> Glance:
    """What a group holds, by type."""
    names = group.names()
    kinds = Counter(one.neurodata_type for name in names[:_MOST] if (one := group.get(name)) is not None and one.neurodata_type)
    parts = [f"{count} {kind}" if count > 1 else kind for kind, count in kinds.most_common(4)]
    words = ", ".join(parts) + (", …" if len(kinds) > 4 else "")
    facts = [("holds", f"{len(names):,} {'member' if len(names) == 1 else 'members'}"), ("types", words), *told(group, "description")]
    return Glance(family="group", words=words, facts=facts, views=["tree"])


CONTAINER = Family("group", ("NWBContainer", "Container", "ProcessingModule", "NWBDataInterface"), container_glance)
FAMILIES = (CONTAINER,)
