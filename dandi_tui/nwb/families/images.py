"""Images and movies: how many, how large; frames that stand in other files."""

from __future__ import annotations

import msgspec

from dandi_tui.nwb.families.family import Family, kind_words, length_words, told
from dandi_tui.nwb.families.series import series_glance
from dandi_tui.nwb.model import FileError, Glance
from dandi_tui.nwb.node import Contents, Dataset, Group
from dandi_tui.text import plural


def is_image(found: Dataset) -> bool:
    """Whether a dataset can be drawn as an image."""
    return 2 <= len(found.shape or ()) <= 4 and found.is_numbers


def image(contents: Contents, found: Dataset, fully: bool) -> Glance:
    """One image."""
    words = f"{length_words(found.shape)} {kind_words(found)}"
    facts = [("pixels", words)] + [(name, text) for name in ("description", "resolution") if (text := found.text(name))]
    if not is_image(found):
        return Glance(
            family="image",
            words=words,
            facts=facts,
            views=["values"],
            reason=f"an image has two dimensions, and maybe colours: this has {len(found.shape or ())}",
        )
    return Glance(family="image", words=words, facts=facts, views=["picture", "values", "histogram"])


def images(contents: Contents, group: Group, fully: bool) -> Glance:
    """Several images."""
    held = [one for _, one in group.members() if isinstance(one, Dataset) and is_image(one)]
    sizes = sorted({length_words(one.shape) for one in held})
    words = plural(len(held), "image") + (f" of {sizes[0]}" if len(sizes) == 1 else f" of {len(sizes)} sizes" if sizes else "")
    return Glance(family="images", words=words, facts=[("images", words), *told(group, "description")], views=["picture", "tree"] if held else ["tree"])


def movie(contents: Contents, group: Group, fully: bool) -> Glance:
    """A series of frames."""
    return movie_glance(contents, group, fully)


def movie_glance(contents: Contents, group: Group, fully: bool, *, extra: list[tuple[str, str]] | None = None) -> Glance:
    """A series of frames, with the facts that its kind adds; frames in other files are named, and not opened."""
    outside = group.dataset("external_file")
    files: list[str] = []
    if outside is not None and outside.rows:
        try:
            files = [contents.cell(one) for one in outside.read(slice(0, 20))]
        except FileError as error:
            files = [str(error)]
    extra = [*(extra or []), *([("in files", ", ".join(files))] if files else [])]
    data = group.dataset("data")
    drawn = data is not None and len(data.shape or ()) >= 3 and data.is_numbers and all(data.shape or (0,))
    found = series_glance(contents, group, fully, extra=extra, views=("picture",) if drawn else ())
    if files and not drawn:
        facts = [(name, words) for name, words in found.facts if data is None or all(data.shape or (0,)) or name not in {"values", "times"}]
        return msgspec.structs.replace(
            found, facts=facts, words=f"in {len(files)} {'file' if len(files) == 1 else 'files'}: {files[0]}", views=["tree"], reason=""
        )
    return found


def chosen(contents: Contents, group: Group, fully: bool) -> Glance:
    """Which of some images was shown when."""
    return series_glance(contents, group, fully, views=("trace",))


IMAGE = Family("image", ("Image", "BaseImage"), image, group=False)
FAMILIES = (
    IMAGE,
    Family("images", ("Images",), images),
    Family("movie", ("ImageSeries",), movie),
    Family("shown images", ("IndexSeries",), chosen),
)
