"""Every screen as a picture of text, at two sizes and in ASCII; `DANDI_TUI_UPDATE_PICTURES=1` takes them anew."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from settling import at_rest

from dandi_tui.api.instances import find_instance
from dandi_tui.api.targets import Target
from dandi_tui.app import DandiTuiApp
from dandi_tui.config import Settings
from dandi_tui.widgets.look import to_ascii

if TYPE_CHECKING:
    from conftest import Archive

PICTURES = Path(__file__).parent / "pictures"
SIZES = {"80x24": ((80, 24), "no"), "120x40": ((120, 40), "no"), "ascii": ((80, 24), "yes")}
FILE = "sub-M101/sub-M101_ses-20230721_behavior+ecephys.nwb"

# A screen's name: where the app is opened, the keys that lead to it, the words that are there when it is.
SCREENS: dict[str, tuple[tuple[str, str, str] | None, tuple[str, ...], tuple[str, ...]]] = {
    "browse": (None, ("G",), ("9 found",)),
    "search": (None, ("tab", *"species:mouse", "enter"), ("6 found",)),
    "operators": (None, ("tab", *"cre"), ("created_after:",)),
    "dandiset": (("000001", "", "dandiset"), (), ("sub-M101", "CC-BY-4.0")),
    "unfolded": (("000001", "", "dandiset"), ("right", "down", "space", "g"), ("1 mark", "20230722")),
    "filtered": (("000001", "", "dandiset"), ("slash", *"ses-2023"), ("paths",)),
    "inspector": (("000001", FILE, "asset"), (), ("streamed", "ElectricalSeries")),
    "series": (("000001", FILE, "asset"), ("down", "enter"), ("channels 0–3 of 16", "µV")),
    "values": (("000001", FILE, "asset"), ("down", "t"), ("1/100,000",)),
    "units": (("000001", FILE, "asset"), ("end", "p"), ("over the session",)),
    "units-table": (("000001", FILE, "asset"), ("end", "t"), ("Units", "spike_times")),
    "attributes": (("000001", FILE, "asset"), ("down", "a"), ("object_id",)),
    "file": (("000001", FILE, "asset"), ("m",), ("dandi-etag",)),
    "problems": (("000008", "", "dandiset"), ("v",), ("is a required",)),
    "metadata": (("000002", "", "dandiset"), ("m",), ("owners",)),
    "yaml": (("000002", "", "dandiset"), ("m", "tab", "tab"), ("contributor:",)),
    "copy": (("000001", "", "dandiset"), ("y",), ("BibTeX",)),
    "viewers": (("000001", FILE, "asset"), ("m", "o"), ("Neurosift",)),
    "form": (("000003", "", "dandiset"), ("E",), ("General", "Filled in")),
    "form-contributor": (("000003", "", "dandiset"), ("E", *["down"] * 8, "right", "down", "right"), ("General", "Affiliation")),
    "owners": (("000003", "", "dandiset"), ("U",), ("Demo User (you)",)),
    "publish": (("000003", "", "dandiset"), ("P",), ("nothing has changed",)),
    "mine": (None, ("M",), ("000008", "2 of them with problems")),
    "register": (None, ("N",), ("Embargo ends",)),
    "help": (None, ("question_mark",), ("Keys that work here",)),
    "palette": (None, ("colon",), ("Actions",)),
    "transfers": (None, ("2",), ("Nothing is being transferred",)),
    "unknown": (("000999", "", "dandiset"), (), ("What went wrong",)),
    "empty": (("000006", "", "dandiset"), (), ("no files yet",)),
}


def as_ascii(text: str) -> str:
    """Text as it is written to a terminal without more than ASCII."""
    return "".join(char if char == "\n" else to_ascii(char) for char in text)


def _picture(app: DandiTuiApp, size: tuple[int, int]) -> str:
    strips = app.screen._compositor.render_strips()[: size[1]]
    lines = [strip.text[: size[0]] for strip in strips]
    text = "\n".join(line.rstrip() for line in lines)
    if app.ascii_only:
        text = as_ascii(text)
    text = re.sub(r"127\.0\.0\.1(:|%3A)\d{5}", r"127.0.0.1\g<1>00000", text)
    text = re.sub(r"(streamed: )\d+ requests, [\d.]+ .B *", r"\1…  ", text)
    text = re.sub(r" +read [\d.]+ .B", "  read …", text)
    return re.sub(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22,27}|\b[0-9a-f]{32,64}\b", lambda found: re.sub("[0-9a-f]", "0", found[0]), text) + "\n"


TAKEN = [(name, "80x24") for name in SCREENS] + [
    (name, look) for name in ("browse", "dandiset", "unfolded", "file", "help", "copy", "inspector", "series") for look in ("120x40", "ascii")
]


@pytest.mark.parametrize(("name", "look"), TAKEN)
async def test_the_screen_looks_as_it_should(name: str, look: str, archive: Archive) -> None:
    place, keys, words = SCREENS[name]
    size, ascii_only = SIZES[look]
    target = Target(place[2], None, archive.api_url, place[0], None, place[1] or None) if place else None
    app = DandiTuiApp(find_instance(archive.api_url), archive.token, Settings(ascii=ascii_only, reopen=False), target)
    ready = "9 found" if place is None else {"000999": "What went wrong", "000006": "no files yet"}.get(place[0], "ElectricalSeries" if place[1] else "sub-")
    shown = ""

    async with app.run_test(size=size) as pilot:

        async def until(*wanted: str) -> str:
            return await at_rest(pilot, lambda: _picture(app, size), tuple(as_ascii(one) if app.ascii_only else one for one in wanted))

        await until(ready, "demo")
        for key in keys:
            await pilot.press(key)
            await until()
        await until(*words)
        # What comes a moment after the cursor rests.
        await pilot.pause(0.4)
        shown = await until(*words)

    path = PICTURES / look / f"{name}.txt"
    if os.environ.get("DANDI_TUI_UPDATE_PICTURES"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(shown)
    assert shown == path.read_text()
