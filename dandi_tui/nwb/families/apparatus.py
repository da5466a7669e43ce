"""What a recording was made with and on: devices, sites of stimulation, the subject, the laboratory's own metadata."""

from __future__ import annotations

from dandi_tui.nwb.families.family import Family, numbers_of, target_name, text_of, told
from dandi_tui.nwb.model import Glance
from dandi_tui.nwb.node import Contents, Dataset, Group
from dandi_tui.nwb.session import value_of

_MOST_FIELDS = 60


def device(contents: Contents, group: Group, fully: bool) -> Glance:
    """A device."""
    facts = [*told(group, "description", "manufacturer", "model_number", "model_name", "serial_number"), ("model", target_name(group, "model"))]
    return Glance(family="device", words=text_of(group, "manufacturer", 40) or text_of(group, "description", 60), facts=facts, views=["tree"])


def site(contents: Contents, group: Group, fully: bool) -> Glance:
    """A site of optogenetic stimulation."""
    facts = [
        *told(group, "description", "location"),
        ("excitation nm", numbers_of(group, "excitation_lambda")),
        ("device", target_name(group, "device")),
    ]
    return Glance(family="stimulation site", words=text_of(group, "location", 60), facts=facts, views=["tree"])


def fields(contents: Contents, group: Group, fully: bool) -> Glance:
    """Metadata of any form: its attributes and small datasets."""
    facts = [(name, str(value)) for name in group.names()[:_MOST_FIELDS] if str((value := _small(contents, group, name)) or "").strip()]
    words = ", ".join(f"{name} {value}" for name, value in facts[:3])
    return Glance(family="metadata", words=words[:100], facts=facts, views=["tree"])


def _small(contents: Contents, group: Group, name: str) -> object:
    found = group.get(name)
    return value_of(contents, found.path) if isinstance(found, Dataset) else None


FAMILIES = (
    Family("device", ("Device", "DeviceModel"), device),
    Family("stimulation site", ("OptogeneticStimulusSite",), site),
    Family("metadata", ("LabMetaData", "Subject"), fields),
)
