"""Each step of the upload wizard as a picture of text; `DANDI_TUI_UPDATE_PICTURES=1` takes them anew."""

from __future__ import annotations

import os
import re
import shutil
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from conftest import running_archive
from contributing import Owner
from recordings import raw_files
from settling import at_rest
from test_pictures import PICTURES, SIZES, _picture, as_ascii

from dandi_tui.api.instances import find_instance
from dandi_tui.app import DandiTuiApp
from dandi_tui.config import Settings
from dandi_tui.dataset.cache import Cache
from dandi_tui.dataset.carrying_out import after, carry_out, plan_now
from dandi_tui.dataset.contribution import Contribution, Step, begin, fill_in
from dandi_tui.dataset.findings import Finding, Layer, Severity
from dandi_tui.dataset.kept_contributions import keep
from dandi_tui.dataset.scan import scan
from dandi_tui.dataset.validate import Checked
from dandi_tui.screens import upload_work

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence
    from pathlib import Path

    from conftest import Archive
    from textual.pilot import Pilot

    from dandi_tui.dataset.scan import ScannedFile

pytestmark = pytest.mark.timeout(200)

AGE = ("error", "age", "Subject is missing age and date_of_birth: say one of them", "/general/subject", "subject.age")
REMEDY = "Age decides who can compare with these data. Write it in ISO 8601 (P90D, P12W, P3M, P2Y, P90D/P100D), or the date of birth."
RATE = ("warning", "rate", "Series 'lick' has regular timestamps: a starting time and a rate say the same in less room", "/acquisition/lick", "")
WORDS = ("hint", "words", "The session description is three words long", "/session_description", "session_description")

# A picture's name: the step that it begins at, the keys that lead to it, the words that are there when it is.
SCREENS: dict[str, tuple[Step, tuple[str, ...], tuple[str, ...]]] = {
    "kept": (Step.TARGET, (), ("Taken up again",)),
    "source": (Step.SOURCE, ("enter",), ("5 NWB files", "videos")),
    "check": (Step.CHECK, ("enter",), ("checked 5 of 5", "how to mend it")),
    "fill": (Step.CHECK, ("enter", "f"), ("Age of 1 file",)),
    "files": (Step.CHECK, ("enter", "right"), ("m_final1.nwb",)),
    "plan": (Step.PLAN, ("enter",), ("1 set aside", "sub-M1_ses-s003")),
    "options": (Step.PLAN, ("enter", "o"), ("symlink: symbolic links",)),
    "why": (Step.PLAN, ("enter", "G", "up", "enter"), ("every name begins with it",)),
    "rename": (Step.PLAN, ("enter", "G", "up", "e"), ("Path in the Dandiset",)),
    "organize": (Step.PLAN, ("enter", "n"), ("Nothing that is there is replaced",)),
    "target": (Step.TARGET, ("enter",), ("Whiskers", "Thalamus")),
    "send": (Step.SEND, ("enter",), ("1 added", "1 replaced", "1 not sent")),
}
TAKEN = [(name, "80x24") for name in SCREENS] + [(name, look) for name in ("source", "check", "plan", "target", "send") for look in ("120x40", "ascii")]


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Recordings as a laboratory has them, with a film beside one."""
    folder = tmp_path_factory.mktemp("made") / "raw"
    raw_files(folder, 4, broken=1)
    (folder / "day0/licking.avi").write_bytes(bytes(70_000))
    return folder


@pytest.fixture(scope="module")
def own_archive(raw: Path) -> Iterator[Archive]:
    """An archive with two Dandisets, that no test changes; the first has two of the files, one of them with other content."""
    with running_archive("--empty") as found:
        owner = Owner(found)
        number = owner.dandiset("Whiskers of mice that touch things in the dark, filmed at five hundred frames a second", files=0)
        owner.upload(number, "sub-M0/sub-M0_ses-s000_ecephys.nwb", b"of an earlier day")
        owner.upload(number, "sub-M0/sub-M0_ses-s002_ecephys.nwb", (raw / "day2/m_final2.nwb").read_bytes())
        owner.until(lambda: owner.info(number)["status"] not in {"Pending", "Validating"})
        owner.dandiset("Thalamus", files=1, embargo=True)
        owner.http.close()
        yield found


@pytest.fixture
def lab(tmp_path: Path, raw: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with the recordings, so that no path on the screen depends on where the test runs."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(upload_work, "look", _looked)
    shutil.copytree(raw, tmp_path / "home/raw")
    return tmp_path / "home/raw"


def _looked(sources: Sequence[str], **_: object) -> Iterator[ScannedFile | Checked]:
    """The files as they are, with findings in words that change with no other package's version."""
    with Cache() as cache:
        files = list(scan(sources, cache=cache, jobs=1))
    yield from files
    for file in files:
        if file.is_nwb:
            kinds = {"m_final1": [AGE, WORDS], "m_final3": [RATE, WORDS], "broken0": []}.get(file.path.rpartition("/")[2].removesuffix(".nwb"), [WORDS])
            yield Checked(path=file.path, findings=[_finding(file.path, *kind) for kind in kinds])


def _finding(path: str, severity: str, kind: str, message: str, location: str, field: str) -> Finding:
    hint = REMEDY if field == "subject.age" else "It says what was done, in words that others find it by."
    return Finding(path=path, severity=Severity[severity.upper()], id=kind, message=message, layer=Layer.PRACTICE, location=location, hint=hint, field=field)


def _left(step: Step, lab: Path, archive: Archive) -> Contribution:
    """A contribution that was left at a step."""
    now = begin([str(lab)])
    if step in {Step.SEND, Step.NEXT}:
        now = after(now, list(carry_out(now, plan_now(now, scan(now.sources, jobs=1)))))
        now = now.but(dandiset="000001", api_url=archive.api_url)
    if step is Step.CHECK:
        now = fill_in(now, {str(lab / "day0/m_final0.nwb"): {"session_description": "Licking for reward in the dark, with spikes of barrel cortex"}})
    return now.but(step=step)


def _masked(text: str) -> str:
    """A picture without what depends on the time and on other packages' versions: sizes, and how long ago something was."""
    text = re.sub(r"\d+ (second|minute)s? ago", lambda found: "just now".ljust(len(found[0])), text)
    text = re.sub(r"[\d.]+ (kB|MB)", lambda found: re.sub(r"\d", "0", found[0]), text)
    text = re.sub(r"[\d,]{7} here", "000,000 here", text)
    return "\n".join(line.rstrip() for line in text.split("\n"))


@asynccontextmanager
async def _opened(archive: Archive, look: str) -> AsyncIterator[tuple[Pilot[int], Callable[..., Any]]]:
    """The app at the wizard, and what waits for a picture at rest."""
    size, ascii_only = SIZES[look]
    app = DandiTuiApp(find_instance(archive.api_url), archive.token, Settings(ascii=ascii_only, reopen=False))
    async with app.run_test(size=size) as pilot:

        async def until(*wanted: str) -> str:
            return await at_rest(pilot, lambda: _masked(_picture(app, size)), tuple(as_ascii(one) if app.ascii_only else one for one in wanted))

        await until("found", "demo")
        await pilot.press("3")
        await until("Upload")
        yield pilot, until


def _compare(shown: str, look: str, name: str) -> None:
    path = PICTURES / look / f"upload-{name}.txt"
    if os.environ.get("DANDI_TUI_UPDATE_PICTURES"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(shown)
    assert shown == path.read_text()


@pytest.mark.parametrize(("name", "look"), TAKEN)
async def test_the_step_looks_as_it_should(name: str, look: str, own_archive: Archive, lab: Path, tmp_path: Path) -> None:
    step, keys, words = SCREENS[name]
    keep(_left(step, lab, own_archive))
    if name == "kept":
        for path in (tmp_path / "state/contributions").iterdir():
            os.utime(path, (time.time() - 10,) * 2)
        keep(begin([str(lab.parent / "data of the autumn, with the second rig/recorded again")]).but(step=Step.SEND, dandiset="000001"))
    async with _opened(own_archive, look) as (pilot, until):
        for key in keys:
            await pilot.press(key)
            await until()
        shown = await until(*words)
    _compare(shown, look, name)


async def test_no_folder_is_chosen_yet(own_archive: Archive) -> None:
    async with _opened(own_archive, "80x24") as (_, until):
        _compare(await until("No folder is chosen"), "80x24", "empty")


@pytest.mark.parametrize("look", ["80x24", "120x40", "ascii"])
async def test_sending_and_what_comes_next_look_as_they_should(look: str, empty_archive: Archive, lab: Path) -> None:
    owner = Owner(empty_archive)
    owner.dandiset("Whiskers", files=0)
    owner.http.close()
    keep(_left(Step.SEND, lab, empty_archive).but(left_out=(str(lab / "day1/m_final1.nwb"),)))
    async with _opened(empty_archive, look) as (pilot, until):
        await pilot.press("enter")
        await until("3 added")
        await pilot.press("enter")
        _compare(await until("Sent: 3 files sent", "ended", "3 files done", "uploaded to"), look, "sent")
        await pilot.press("n")
        _compare(await until("3 files are valid"), look, "publish")
