"""The wizard where things go wrong: the archive's words, nothing lost, and it goes on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from conftest import TOKENS
from contributing import Owner
from faults import Fault, FaultyArchive
from textual.widgets import Input
from wizarding import Checked, choose, picture, until, wizard

from dandi_tui.dataset.contribution import Step
from dandi_tui.dataset.kept_contributions import kept

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.timeout(200)
FIRST = "sub-M0/sub-M0_ses-s000_ecephys.nwb"


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyArchive]:
    with FaultyArchive.started(tmp_path_factory.mktemp("faulty")) as found:
        yield found


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    return Checked(tmp_path_factory.mktemp("checked") / "raw")


@pytest.fixture
def owner(faulty: FaultyArchive) -> Iterator[Owner]:
    found = Owner(faulty)
    yield found
    found.http.close()
    faulty.start()
    faulty.clear()


@pytest.mark.slow
async def test_an_embargoed_draft_takes_files_and_says_what_is_before_publishing(faulty: FaultyArchive, owner: Owner, checked: Checked, tmp_path: Path) -> None:
    identifier = owner.dandiset("Thalamus", files=0, embargo=True)
    checked.at(Step.TARGET, tmp_path / "raw")
    async with wizard(faulty, step="[4 target]") as pilot:
        await until(pilot, f"{identifier} ⚿")
        await pilot.press("enter")
        await until(pilot, "2 added")
        await pilot.press("enter")
        await until(pilot, "Sent: 2 files sent")
        await pilot.press("n")
        await until(pilot, "[6 publish]", "it is embargoed: open it to all first")
    assert owner.info(identifier)["asset_count"] == 2
    assert owner.info(identifier)["dandiset"]["embargo_status"] == "EMBARGOED"


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (None, "this needs an API key"),
        (TOKENS["alice"], "alice is no owner of it. Its owners (demo) can add you."),
        (TOKENS["pending"], "pending is no owner of it"),
    ],
)
async def test_who_may_not_send_is_told_before_anything_is_sent(
    key: str | None, words: str, faulty: FaultyArchive, owner: Owner, checked: Checked, tmp_path: Path
) -> None:
    identifier = owner.dandiset("Whiskers", files=0)
    before = checked.at(Step.SEND, tmp_path / "raw", dandiset=identifier, api_url=faulty.api_url)
    async with wizard(faulty, key=key, step="[5 send]") as pilot:
        await until(pilot, words[:40])
        await pilot.press("escape")
        await pilot.press("enter")
        await until(pilot, "There is nothing to send")
    async with wizard(faulty, step="[5 send]") as pilot:
        await until(pilot, "2 added")
    assert kept()[0] == before


async def test_a_key_that_is_revoked_meanwhile_is_told_and_another_one_goes_on(faulty: FaultyArchive, owner: Owner, checked: Checked, tmp_path: Path) -> None:
    identifier = owner.dandiset("Whiskers", files=0)
    checked.at(Step.SEND, tmp_path / "raw", dandiset=identifier, api_url=faulty.api_url)
    async with wizard(faulty, step="[5 send]") as pilot:
        await until(pilot, "2 added")
        faulty.fault(Fault("status", path="users/me", status=401, body='{"detail": "Invalid token."}'))
        await pilot.press("r")
        await until(pilot, "the API key is not valid (any more)", "The archive says: Invalid", "any key")
        await pilot.press("escape", "r")
        await until(pilot, "2 added")
        faulty.fault(Fault("status", method="POST", path="uploads/initialize", status=401, body='{"detail": "Invalid token."}', times=2))
        await pilot.press("enter")
        await until(pilot, "Paused")
        await pilot.press("p")
        await until(pilot, "Sent: 2 files sent")


async def test_a_path_that_can_not_be_is_said_where_it_is_typed_and_keeps_what_was_typed(faulty: FaultyArchive, checked: Checked, tmp_path: Path) -> None:
    checked.at(Step.PLAN, tmp_path / "raw")
    async with wizard(faulty, step="[3 plan]") as pilot:
        await until(pilot, "2 files", "sub-M1")
        await pilot.press("down", "e")
        await until(pilot, "Path in the Dandiset")
        for long, words in (
            ("x" * 200 + "/" + "y" * 200 + "/" + "z" * 200 + "/a.nwb", "is longer than 512 characters"),
            ("n" * 260 + ".nwb", "disks hold 255"),
        ):
            pilot.app.screen.query_one(Input).value = long
            await pilot.press("end", "enter")
            shown = await until(pilot, words)
            assert long[-20:] in shown
        await pilot.press("ctrl+u", *"sub-M0/a:b.nwb", "enter")
        await until(pilot, "has :: the archive takes letters")
        await pilot.press("ctrl+u", *"sub-M0/mine.nwb", "enter")
        await until(pilot, "mine.nwb", "0 errors")
    assert set(kept()[0].renames.values()) == {"sub-M0/mine.nwb"}


@pytest.mark.slow
async def test_what_is_empty_or_badly_named_in_an_organized_folder_is_told_and_the_others_go(
    faulty: FaultyArchive, owner: Owner, checked: Checked, tmp_path: Path
) -> None:
    identifier = owner.dandiset("Whiskers", files=0)
    now = checked.at(Step.SOURCE, tmp_path / "raw")
    (tmp_path / "organized/sub-M0").mkdir(parents=True)
    checked.copy(tmp_path / "more")
    (tmp_path / "more/day0/m_final0.nwb").rename(tmp_path / f"organized/{FIRST}")
    (tmp_path / "organized/sub-M0/sub-M0_ses-s009.nwb").touch()
    (tmp_path / "more/day1/m_final1.nwb").rename(tmp_path / "organized/sub-M0/sub-M0_ses-9:30.nwb")
    (tmp_path / "organized/dandiset.yaml").write_text(f"identifier: DANDI:{identifier}\nname: Whiskers\ndescription: Words\n")
    assert now.sources
    async with wizard(faulty) as pilot:
        await until(pilot, "Taken up again")
        await choose(pilot, tmp_path / "organized")
        await until(pilot, "organized already", "3 NWB files")
        await pilot.press("n")
        await until(pilot, "checked 3 of 3", holds=lambda text: "…" not in text.splitlines()[2])
        await pilot.press("n", "n")
        await until(pilot, "1 added, 2 not sent", "it is empty", "the archive would refuse this path")
        await pilot.press("enter")
        await until(pilot, "1 file sent")
    assert owner.info(identifier)["asset_count"] == 1


@pytest.mark.slow
async def test_files_that_change_or_go_between_steps_are_told_and_looked_at_anew(faulty: FaultyArchive, owner: Owner, checked: Checked, tmp_path: Path) -> None:
    identifier = owner.dandiset("Whiskers", files=0)
    checked.at(Step.CHECK, tmp_path / "raw")
    first, second = tmp_path / "raw/day0/m_final0.nwb", tmp_path / "raw/day1/m_final1.nwb"
    async with wizard(faulty, step="[2 check]") as pilot:
        await until(pilot, "2 good", holds=lambda text: "…" not in text.splitlines()[2])
        with first.open("ab") as file:
            file.write(b"more")
        await pilot.press("n")
        await until(pilot, "m_final0.nwb: it changed since being scanned")
        await pilot.press("n")
        await until(pilot, "1 error stands in the way: r looks again")
        await pilot.press("r")
        await until(pilot, "0 errors", holds=lambda text: "changed since" not in text)
        gone = second.read_bytes()
        second.unlink()
        await pilot.press("r")
        await until(pilot, "1 file,")
        second.write_bytes(gone)
        await pilot.press("r")
        await until(pilot, "2 files,", "0 errors")
        await pilot.press("n", "enter")
        await until(pilot, "[4 target]", identifier)
        with second.open("ab") as file:
            file.write(b"more")
        first.rename(tmp_path / "away.nwb")
        await pilot.press("enter")
        await until(pilot, "[5 send]", "2 not sent", "it changed since it was checked", "it is gone")
        (tmp_path / "away.nwb").rename(first)
        await pilot.press("r")
        await until(pilot, "2 added")
        first.rename(tmp_path / "away.nwb")
        await pilot.press("enter")
        await until(pilot, "1 file sent, 1 failed")
        (tmp_path / "away.nwb").rename(first)
        await pilot.press("R")
        await until(pilot, "Sent: 2 files sent")
    assert owner.info(identifier)["asset_count"] == 2


async def test_a_file_that_changes_between_the_comparison_and_enter_is_not_sent_unseen(
    faulty: FaultyArchive, owner: Owner, checked: Checked, tmp_path: Path
) -> None:
    identifier = owner.dandiset("Whiskers", files=0)
    checked.at(Step.SEND, tmp_path / "raw", dandiset=identifier, api_url=faulty.api_url)
    async with wizard(faulty, step="[5 send]") as pilot:
        await until(pilot, "2 added. Enter sends")
        file = tmp_path / "raw/day0/m_final0.nwb"
        with file.open("ab") as more:
            more.write(b"more")
        await pilot.press("enter")
        await until(pilot, "1 file changed meanwhile", FIRST[:20], "Enter sends")
        assert kept()[0].job == 0
        assert not owner.info(identifier)["asset_count"]
        await pilot.press("escape", "enter")
        await until(pilot, "Sent: 2 files sent")
    assert owner.info(identifier)["asset_count"] == 2


async def test_a_draft_that_takes_no_files_now_is_no_target(faulty: FaultyArchive, owner: Owner, checked: Checked, tmp_path: Path) -> None:
    identifier = owner.dandiset("Whiskers", files=0)
    checked.at(Step.TARGET, tmp_path / "raw")
    told = owner("GET", "dandisets/", user="me", ordering="-modified")
    locked = {**told, "next": None, "results": [{**one, "embargo_status": "UNEMBARGOING"} for one in told["results"] if one["identifier"] == identifier]}
    faulty.fault(Fault("status", method="GET", path="dandisets/$", status=200, body=json.dumps(locked), times=None))
    async with wizard(faulty, step="[4 target]") as pilot:
        await until(pilot, identifier, "Whiskers")
        await pilot.press("enter")
        await until(pilot, "It is being opened to all")
        assert not kept()[0].dandiset
        faulty.clear()
        await pilot.press("escape", "r")
        await until(pilot, identifier, holds=lambda text: f"{identifier} ⚿" not in text)
        await pilot.press("enter")
        await until(pilot, "[5 send]", "2 added")


async def test_an_archive_that_goes_away_is_waited_for_at_each_step(faulty: FaultyArchive, owner: Owner, checked: Checked, tmp_path: Path) -> None:
    identifier = owner.dandiset("Whiskers", files=0)
    checked.at(Step.PLAN, tmp_path / "raw")
    async with wizard(faulty, step="[3 plan]") as pilot:
        await until(pilot, "0 errors")
        faulty.kill()
        await pilot.press("n")
        await until(pilot, "symbolic links")
        await pilot.press("enter")
        await until(pilot, "[4 target]", "can't be reached", "r tries again", "any key")
        faulty.start()
        await pilot.press("escape", "r")
        await until(pilot, identifier)
        faulty.kill()
        await pilot.press("enter")
        await until(pilot, "[5 send]", "can't be reached", "r tries again", "any key")
        faulty.start()
        await pilot.press("escape", "r")
        await until(pilot, "2 added")
        faulty.kill()
        await pilot.press("enter")
        await until(pilot, "Sending", "soon:")
        faulty.start()
        await until(pilot, "Sent: 2 files sent")
        faulty.kill()
        await pilot.press("n")
        await until(pilot, "[6 publish]", "can't be reached", "r asks again", "any key")
        faulty.start()
        await pilot.press("escape", "r")
        await until(pilot, f"{identifier}: 2 files;")
    assert owner.info(identifier)["asset_count"] == 2


async def test_a_draft_that_is_opened_or_published_meanwhile_is_waited_for(faulty: FaultyArchive, owner: Owner, checked: Checked, tmp_path: Path) -> None:
    identifier = owner.dandiset("Whiskers", files=0)
    checked.at(Step.SEND, tmp_path / "raw", dandiset=identifier, api_url=faulty.api_url)
    told = owner("GET", f"dandisets/{identifier}/")
    opening = json.dumps({**told, "embargo_status": "UNEMBARGOING"})
    publishing = json.dumps({**told, "draft_version": {**told["draft_version"], "status": "Publishing"}})
    faulty.fault(*(Fault("status", method="GET", path=f"dandisets/{identifier}/$", status=200, body=body) for body in (opening, publishing)))
    async with wizard(faulty, step="[5 send]") as pilot:
        await until(pilot, "2 added", "It is being opened to all")
        await pilot.press("enter")
        await until(pilot, "r looks again. It is being opened")
        await pilot.press("r")
        await until(pilot, "It is being published.")
        await pilot.press("r")
        await until(pilot, "2 added. Enter sends")
        faulty.fault(
            Fault("status", method="POST", path="uploads/initialize", status=400, body='"Dandiset modification not allowed during unembargo"', times=2)
        )
        await pilot.press("enter")
        await until(pilot, "soon: Dandiset modification")
        await until(pilot, "Sent: 2 files sent")
    assert owner.info(identifier)["asset_count"] == 2


async def test_a_newer_schema_of_the_archive_is_told_and_does_not_stand_in_the_way(
    faulty: FaultyArchive, owner: Owner, checked: Checked, tmp_path: Path
) -> None:
    identifier = owner.dandiset("Whiskers", files=0)
    checked.at(Step.SEND, tmp_path / "raw", dandiset=identifier, api_url=faulty.api_url)
    newer = json.dumps({**owner("GET", "info/"), "schema_version": "9.0.0", "allowed_schema_versions": ["8.0.0"]})
    faulty.fault(Fault("status", method="GET", path="api/info/$", status=200, body=newer, times=None))
    async with wizard(faulty, step="[5 send]") as pilot:
        await until(pilot, "2 added", "Archive schema 9.0.0, ours", "update dandi-tui")
        await pilot.press("enter")
        await until(pilot, "Sent: 2 files sent")
        assert "9.0.0" not in picture(pilot.app)  # type: ignore[arg-type]
