"""Optical physiology: movies with their plane, regions with their masks, planes and channels."""

from __future__ import annotations

from dandi_tui.nwb.families.containers import container_glance
from dandi_tui.nwb.families.family import Family, linked, numbers_of, target_name, told
from dandi_tui.nwb.families.images import movie_glance
from dandi_tui.nwb.families.series import series_glance
from dandi_tui.nwb.families.tables import table_glance
from dandi_tui.nwb.masks import has_masks
from dandi_tui.nwb.model import Glance
from dandi_tui.nwb.node import Contents, Group
from dandi_tui.text import plural


def microscopy(contents: Contents, group: Group, fully: bool) -> Glance:
    """A movie taken through a microscope."""
    plane = group.group("imaging_plane")
    extra = [("plane", linked(group, "imaging_plane"))] + (told(plane, "indicator", "location") if plane and fully else [])
    return movie_glance(contents, group, fully, extra=extra)


def segmentation(contents: Contents, group: Group, fully: bool) -> Glance:
    """Regions that were found in a plane."""
    import msgspec

    found = table_glance(contents, group, fully)
    count = max((one.rows for one in (group.dataset("id"), group.dataset("image_mask")) if one is not None), default=0)
    masks = [name for name in ("image_mask", "pixel_mask", "voxel_mask") if group.dataset(name) is not None]
    image = group.dataset("image_mask")
    size = f" of {' × '.join(map(str, image.shape[1:]))}" if image is not None and image.shape else ""
    views = ["masks", "table"] if has_masks(group) else ["table"]
    facts = [("regions", f"{count:,}{size}"), ("masks", ", ".join(masks)), ("plane", linked(group, "imaging_plane")), *found.facts]
    return msgspec.structs.replace(found, family="regions", words=f"{plural(count, 'region')}{size}", facts=facts, views=views)


def plane(contents: Contents, group: Group, fully: bool) -> Glance:
    """An imaging plane."""
    channels = [one for _, one in group.members() if isinstance(one, Group) and one.neurodata_type == "OpticalChannel"]
    facts = told(group, "description", "indicator", "location")
    facts += [("excitation nm", numbers_of(group, "excitation_lambda")), ("rate Hz", numbers_of(group, "imaging_rate"))]
    facts += [("spacing", numbers_of(group, "grid_spacing")), ("device", target_name(group, "device"))]
    facts += [(f"channel {one.name}", f"{emission} nm") for one in channels if (emission := numbers_of(one, "emission_lambda"))]
    words = " · ".join(words for name, words in facts if name in {"indicator", "location"} and words)
    return Glance(family="imaging plane", words=words, facts=facts, views=["tree"])


def channel(contents: Contents, group: Group, fully: bool) -> Glance:
    """An optical channel."""
    emission = numbers_of(group, "emission_lambda")
    return Glance(
        family="optical channel", words=f"{emission} nm" if emission else "", facts=[("emission nm", emission), *told(group, "description")], views=["tree"]
    )


def responses(contents: Contents, group: Group, fully: bool) -> Glance:
    """Signals of regions, a column a region."""
    rois = group.dataset("rois")
    extra = [("regions", f"{rois.rows:,} of {rois.leads_to('table') or 'a table that is not there'}")] if rois is not None else []
    return series_glance(contents, group, fully, extra=extra)


FAMILIES = (
    Family("microscopy", ("TwoPhotonSeries", "OnePhotonSeries"), microscopy),
    Family("regions", ("PlaneSegmentation",), segmentation),
    Family("imaging plane", ("ImagingPlane",), plane),
    Family("optical channel", ("OpticalChannel",), channel),
    Family("region signals", ("RoiResponseSeries",), responses),
    Family("optical physiology", ("ImageSegmentation", "Fluorescence", "DfOverF", "MotionCorrection", "CorrectedImageStack"), container_glance),
)
