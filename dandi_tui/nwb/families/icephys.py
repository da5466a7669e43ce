"""Intracellular recordings: clamp series with electrode, gain and sweep; the tables that say which belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dandi_tui.nwb.families.family import Family, linked, numbers_of, target_name, text_of, told
from dandi_tui.nwb.families.series import series_glance
from dandi_tui.nwb.families.tables import table_glance
from dandi_tui.nwb.model import Glance

if TYPE_CHECKING:
    from dandi_tui.nwb.node import Contents, Group

_NUMBERS = ("gain", "bias_current", "bridge_balance", "capacitance_compensation", "capacitance_fast", "capacitance_slow", "resistance_comp_bandwidth",
            "resistance_comp_correction", "resistance_comp_prediction", "whole_cell_capacitance_comp", "whole_cell_series_resistance_comp")  # fmt: skip


def clamp(contents: Contents, group: Group, fully: bool) -> Glance:
    """A sweep's stimulus or response."""
    sweep = group.attribute("sweep_number")
    extra = [("sweep", str(sweep))] if sweep is not None else []
    extra += [("electrode", target_name(group, "electrode")), *told(group, "stimulus_description")]
    if fully:
        extra += [(name.replace("_", " "), words) for name in _NUMBERS if (words := numbers_of(group, name))]
    return series_glance(contents, group, fully, extra=extra, views=("trace", "sweeps"))


def electrode(contents: Contents, group: Group, fully: bool) -> Glance:
    """A pipette or sharp electrode."""
    facts = told(group, "description", "location", "slice", "cell_id", "filtering", "resistance", "seal", "initial_access_resistance")
    facts.append(("device", linked(group, "device")))
    return Glance(family="intracellular electrode", words=text_of(group, "location", 60) or text_of(group, "description", 60), facts=facts, views=["tree"])


def recordings(contents: Contents, group: Group, fully: bool) -> Glance:
    """A table that says which sweeps belong together."""
    import msgspec

    found = table_glance(contents, group, fully)
    return msgspec.structs.replace(found, family="sweeps", views=["sweeps", "table"])


FAMILIES = (
    Family("clamp series", ("PatchClampSeries",), clamp),
    Family("intracellular electrode", ("IntracellularElectrode",), electrode),
    Family("sweeps", ("SweepTable", "IntracellularRecordingsTable", "SimultaneousRecordingsTable", "SequentialRecordingsTable", "RepetitionsTable",
                      "ExperimentalConditionsTable"), recordings),
)  # fmt: skip
