"""An owner's screens on an archive of this test alone, driven by the keyboard: account, describe, share, publish, open, delete."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from conftest import TOKENS, Archive, running_archive
from contributing import Owner

from dandi_tui.api.instances import find_instance
from dandi_tui.api.keys import find_key
from dandi_tui.app import DandiTuiApp
from dandi_tui.config import Settings
from dandi_tui.describe import kept
from dandi_tui.screens.account import AccountPane
from dandi_tui.screens.dandiset import DandisetPane
from dandi_tui.screens.describe import MetadataPane
from dandi_tui.screens.embargo import EmbargoPane
from dandi_tui.screens.mine import MinePane
from dandi_tui.screens.owners import OwnersPane
from dandi_tui.screens.publish import PublishPane
from dandi_tui.screens.register import RegisterPane

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from textual.pilot import Pilot

    from dandi_tui.screens.pane import Pane


@pytest.fixture(scope="module")
def own_archive() -> Iterator[Archive]:
    """An archive for the tests of this module, without Dandisets at first."""
    with running_archive("--empty") as found:
        yield found


@pytest.fixture
def owner(own_archive: Archive) -> Iterator[Owner]:
    """The demo user at it."""
    made = Owner(own_archive)
    yield made
    made.http.close()


def picture(app: DandiTuiApp) -> str:
    width, height = app.size
    return "\n".join(strip.text[:width].rstrip() for strip in app.screen._compositor.render_strips()[:height])


class Driver:
    """Keys in, words out."""

    def __init__(self, pilot: Pilot[int]) -> None:
        self.pilot = pilot
        app = pilot.app
        assert isinstance(app, DandiTuiApp)
        self.app: DandiTuiApp = app

    async def until(self, *words: str, absent: str = "") -> str:
        for _ in range(500):
            await self.pilot.pause(0.06)
            shown = picture(self.app)
            if all(one in shown for one in words) and (not absent or absent not in shown):
                return shown
        raise AssertionError(f"{words} did not come\n{picture(self.app)}")

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.pilot.press(key)
            await self.pilot.pause()

    async def type(self, text: str) -> None:
        await self.pilot.press(*text)
        await self.pilot.pause()


@asynccontextmanager
async def _app(archive: Archive, pane: Callable[[], Pane], who: str | None = "demo") -> AsyncIterator[Driver]:
    app = DandiTuiApp(find_instance(archive.api_url), TOKENS[who] if who else None, Settings(ascii="no", reopen=False))
    app.watch_pause = 0.05
    async with app.run_test(size=(80, 24)) as pilot:
        driver = Driver(pilot)
        await driver.until("search:", *([f"{who} ·"] if who else []))
        await app.push_screen(pane())
        yield driver


async def test_a_field_is_edited_compared_saved_and_validated(own_archive: Archive, owner: Owner) -> None:
    identifier = owner.dandiset()
    async with _app(own_archive, lambda: MetadataPane(identifier)) as driver:
        await driver.until("Whiskers of mice", "General", "valid")
        await driver.press("down", "enter")
        await driver.until("Enter goes on")
        await driver.type(" and rats")
        await driver.press("enter")
        await driver.until("1 unsaved", "Whiskers of mice and rats")
        await driver.press("D")
        await driver.until("name: Whiskers of mice → Whiskers of mice and rats")
        await driver.press("escape", "w")
        await driver.until("Save", "name: Whiskers")
        await driver.press("w")
        await driver.until("saved, and valid")
        assert owner.metadata(identifier)["name"] == "Whiskers of mice and rats"
        assert kept.kept(own_archive.api_url, identifier) is None


async def test_a_contributor_is_added_with_roles_and_moved(own_archive: Archive, owner: Owner) -> None:
    identifier = owner.dandiset(files=0)
    async with _app(own_archive, lambda: MetadataPane(identifier, "contributor")) as driver:
        await driver.until("Dandiset contributors")
        await driver.press("a")
        await driver.until("Funder: an organization")
        await driver.type("person")
        await driver.press("enter")
        await driver.until("Name", "must be given")
        await driver.type("Roe, Bob")
        await driver.press("enter")
        await driver.until("Roe, Bob", "1 unsaved")
        await driver.press("down", "down", "down", "enter")
        await driver.until("Enter turns one on or off")
        await driver.type("data curator")
        await driver.press("enter", "escape")
        await driver.until("Data curator", absent="turns one")
        await driver.press("left", "K")
        await driver.until("▾ 1                        Roe, Bob")
        await driver.press("w")
        await driver.until("contributor: added Roe, Bob")
        await driver.press("w")
        await driver.until("saved")
        people = owner.metadata(identifier)["contributor"]
        assert next((one["name"], one["roleName"]) for one in people) == ("Roe, Bob", ["dcite:DataCurator"])


async def test_what_is_wrong_is_said_at_its_field_and_undone(own_archive: Archive, owner: Owner) -> None:
    identifier = owner.dandiset(files=0)
    async with _app(own_archive, lambda: MetadataPane(identifier)) as driver:
        await driver.until("General")
        await driver.press("down", "x")
        await driver.until("must be given", "1 unsaved")
        await driver.press("u")
        await driver.until("Whiskers of mice", absent="must be given")
        await driver.press("ctrl+r")
        await driver.until("must be given")
        await driver.press("w", "w")
        await driver.until("a Dandiset needs a name")
        assert owner.metadata(identifier)["name"] == "Whiskers of mice"


async def test_changes_of_somebody_else_are_joined_or_asked_about(own_archive: Archive, owner: Owner) -> None:
    identifier = owner.dandiset(files=0)
    async with _app(own_archive, lambda: MetadataPane(identifier)) as driver:
        await driver.until("General")
        await driver.press("down", "enter")
        await driver.until("Enter goes on")
        await driver.type(" mine")
        await driver.press("enter")
        await driver.until("1 unsaved")
        theirs = owner.metadata(identifier)
        owner("PUT", f"dandisets/{identifier}/versions/draft/", {"name": "Theirs", "metadata": {**theirs, "acknowledgement": "Thanks"}})
        await driver.press("w")
        await driver.until("Somebody else changed name too")
        await driver.type("yours")
        await driver.press("enter")
        await driver.until("Somebody else changed meanwhile, and it stays", "Theirs → Whiskers of mice mine")
        await driver.press("w")
        await driver.until("saved")
        after = owner.metadata(identifier)
        assert (after["name"], after["acknowledgement"]) == ("Whiskers of mice mine", "Thanks")


async def test_unsaved_edits_are_kept_and_offered_again(own_archive: Archive, owner: Owner) -> None:
    identifier = owner.dandiset(files=0)
    async with _app(own_archive, lambda: MetadataPane(identifier)) as driver:
        await driver.until("General")
        await driver.press("down", "enter")
        await driver.until("Enter goes on")
        await driver.type(" later")
        await driver.press("enter")
        await driver.until("1 unsaved")
        await driver.press("escape")
        await driver.until("leave; keep them on this machine")
        await driver.press("enter")
        await driver.until("search:")
    async with _app(own_archive, lambda: MetadataPane(identifier)) as driver:
        await driver.until("1 change of")
        await driver.press("enter")
        await driver.until("Whiskers of mice later", "1 unsaved")


async def test_edits_that_another_window_keeps_are_not_forgotten_by_one_that_has_none(own_archive: Archive, owner: Owner) -> None:
    identifier = owner.dandiset(files=0)
    document = owner.metadata(identifier)
    async with _app(own_archive, lambda: MetadataPane(identifier)) as driver:
        await driver.until("General")
        assert kept.keep(own_archive.api_url, identifier, document, {**document, "name": "Typed in another window"})
        await driver.press("escape")
        await driver.until("search:")
    found = kept.kept(own_archive.api_url, identifier)
    assert found is not None
    assert found.document["name"] == "Typed in another window"


async def test_an_embargoed_dandiset_is_registered_without_a_licence(own_archive: Archive, owner: Owner) -> None:
    async with _app(own_archive, RegisterPane) as driver:
        await driver.until("3 to mend", "▸     Title")
        await driver.press("down", "down", "down", "enter")
        await driver.until("2 to mend", "yes")
        await driver.press("u")
        await driver.until("3 to mend")


async def test_a_key_that_ends_while_editing_loses_nothing(own_archive: Archive, owner: Owner) -> None:
    identifier = owner.dandiset(files=0)
    async with _app(own_archive, lambda: MetadataPane(identifier)) as driver:
        await driver.until("General")
        await driver.press("down", "enter")
        await driver.until("Enter goes on")
        await driver.type(" kept")
        await driver.press("enter")
        await driver.until("1 unsaved")
        driver.app.use_archive(driver.app.instance, "0" * 40, driver.app.me)
        await driver.press("w")
        await driver.until("What went wrong", "Your edits are kept")
        await driver.press("enter")
        await driver.until("Whiskers of mice kept")


async def test_readers_see_the_form_and_why_they_cannot_change_it(own_archive: Archive, owner: Owner) -> None:
    identifier = owner.dandiset(files=0)
    async with _app(own_archive, lambda: MetadataPane(identifier), "alice") as driver:
        await driver.until("To be read only: Only owners may do this: Demo User")
        await driver.press("down", "x")
        await driver.until("Only owners may do this")
        assert driver.app.screen.form.document["name"] == "Whiskers of mice"  # type: ignore[attr-defined]


async def test_owners_are_found_as_one_types_added_and_removed(own_archive: Archive, owner: Owner) -> None:
    identifier = owner.dandiset(files=0)
    async with _app(own_archive, lambda: OwnersPane(identifier)) as driver:
        await driver.until("Demo User (you)")
        await driver.press("x")
        await driver.until("The last owner can't be removed")
        await driver.press("a")
        await driver.until("Add an owner")
        await driver.type("ali")
        await driver.until("(alice)")
        await driver.press("down", "enter")
        await driver.until("becomes an owner")
        await driver.press("y")
        await driver.until("2 owners", "alice is an owner")
        names = {one["username"] for one in owner("GET", f"dandisets/{identifier}/users/")}
        assert names == {"demo", "alice"}


async def test_a_part_of_a_name_that_fits_one_user_means_that_user(own_archive: Archive, owner: Owner) -> None:
    identifier = owner.dandiset(files=0)
    async with _app(own_archive, lambda: OwnersPane(identifier)) as driver:
        await driver.until("Demo User (you)")
        await driver.press("a")
        await driver.until("Add an owner")
        await driver.type("ali")
        await driver.until("(alice)")
        await driver.press("enter")
        await driver.until("(alice) becomes an owner")


async def test_a_draft_is_published_and_watched_until_its_doi_is_there(own_archive: Archive, owner: Owner) -> None:
    identifier = owner.dandiset()
    async with _app(own_archive, lambda: PublishPane(identifier)) as driver:
        await driver.until("Ready: P publishes it", "the metadata is valid", "the one file is valid", "advised")
        await driver.press("e")
        await driver.until("Release notes")
        await driver.type("First of all.")
        await driver.press("escape")
        await driver.until("release notes: First of all.")
        await driver.press("P")
        await driver.until("1 file: it becomes a version with a DOI")
        await driver.press("P")
        shown = await driver.until("Published as 0.")
        assert "doi:" in shown
        found = owner("GET", f"dandisets/{identifier}/")["most_recent_published_version"]
        assert found["release_notes"] == "First of all."
        await driver.press("P")
        await driver.until("It is published.")


async def test_what_stands_in_the_way_leads_to_its_place(own_archive: Archive, owner: Owner) -> None:
    identifier = owner.dandiset(files=1)
    document = owner.metadata(identifier)
    owner("PUT", f"dandisets/{identifier}/versions/draft/", {"name": "x", "metadata": {**document, "license": ["spdx:NOPE"]}})
    owner.until(lambda: owner.info(identifier)["status"] == "Invalid")
    async with _app(own_archive, lambda: PublishPane(identifier)) as driver:
        await driver.until("Not yet:", "license")
        await driver.press("P")
        await driver.until("Not yet")
        await driver.press("right")
        await driver.until("metadata", "NOPE")
        row = driver.app.screen.row()  # type: ignore[attr-defined]
        assert row.path in (("license", 0), ("license",))


async def test_an_embargoed_dandiset_is_cleared_of_uploads_and_opened(own_archive: Archive, owner: Owner) -> None:
    identifier = owner.dandiset(files=0, embargo=True)
    owner.begin(identifier, b"never finished")
    async with _app(own_archive, lambda: EmbargoPane(identifier)) as driver:
        await driver.until("1 unfinished upload", "14 B")
        await driver.press("O")
        await driver.until("must be finished or dropped")
        await driver.press("x")
        await driver.until(f"Type {identifier}")
        await driver.type(identifier)
        await driver.press("enter")
        await driver.until("No unfinished uploads")
        await driver.press("O")
        await driver.until("for ever")
        await driver.type("000000")
        await driver.press("enter")
        await driver.until("nothing was done")
        await driver.press("O")
        await driver.until("for ever")
        await driver.type(identifier)
        await driver.press("enter")
        await driver.until("It is open to all")
        assert owner("GET", f"dandisets/{identifier}/")["embargo_status"] == "OPEN"


async def test_my_dandisets_have_those_with_problems_first(own_archive: Archive, owner: Owner) -> None:
    good, bad = owner.dandiset("Good enough"), owner.dandiset("Nothing in it", files=0)
    owner.until(lambda: owner.info(bad)["status"] == "Invalid")
    async with _app(own_archive, MinePane) as driver:
        shown = await driver.until("Good enough", "Nothing in it", "problem")
        assert shown.index(bad) < shown.index(good)
        await driver.press("slash")
        await driver.type("enough")
        shown = await driver.until("filter:", "1 of ", absent="Nothing in it")
        assert "Good enough" in shown
        await driver.press("enter")
        assert driver.app.screen.owned_id() == good  # type: ignore[attr-defined]
        await driver.press("slash")
        await driver.type("zzz")
        await driver.until("fits the filter; Esc takes it away")
        await driver.press("enter", "enter")
        await driver.until("None is chosen")
        await driver.press("escape", "escape")
        await driver.until("Nothing in it", absent="filter:")
        await driver.press("tab")
        await driver.until("You starred none yet")


async def test_an_administrator_chooses_the_number_of_a_new_dandiset(own_archive: Archive, owner: Owner) -> None:
    async with _app(own_archive, RegisterPane) as driver:
        await driver.until("Award number", absent="Number  ")
    async with _app(own_archive, RegisterPane, "admin") as driver:
        await driver.until("▸     Title", "Award number", "Number")
        await driver.press("enter")
        await driver.type("Chosen by hand")
        await driver.press("enter", "down", "enter")
        await driver.until("Esc takes it")
        await driver.type("Words about it.")
        await driver.press("escape", "down", "enter", "enter", "end", "enter")
        await driver.type("1234567")
        await driver.press("enter")
        await driver.until("6 are allowed")
        await driver.press("enter")
        await driver.press(*(["backspace"] * 3), "enter", "w")
        await driver.until("becomes Dandiset 001234 of yours")
        await driver.press("w")
        await driver.until("001234 is registered")


async def test_funders_have_a_group_of_their_own_that_leads_to_them(own_archive: Archive, owner: Owner) -> None:
    identifier = owner.dandiset(files=0)
    async with _app(own_archive, lambda: MetadataPane(identifier, "contributor")) as driver:
        await driver.until("Funding", "none is named")
        await _to_row(driver, "Funding")
        await driver.press("a")
        await driver.until("Enter goes on")
        await driver.type("Foundation of Whiskers")
        await driver.press("enter")
        await _to_row(driver, "Award number")
        await driver.press("enter")
        await driver.type("FW-7")
        await driver.press("enter")
        await driver.until("FW-7")
        await _to_row(driver, "Funding")
        await driver.until("Foundation of Whiskers (FW-7)")
        await driver.press("right", "down", "enter")
        await driver.pilot.pause()
        row = driver.app.screen.row()  # type: ignore[attr-defined]
        assert row.path == ("contributor", 1)


async def _to_row(driver: Driver, label: str) -> None:
    """Moves down to the row of a label."""
    await driver.press("home")
    for _ in range(80):
        row = driver.app.screen.row()  # type: ignore[attr-defined]
        if row and row.label == label:
            return
        await driver.press("down")
    raise AssertionError(picture(driver.app))


async def test_what_is_edited_while_it_is_saved_is_not_lost(own_archive: Archive, owner: Owner) -> None:
    identifier = owner.dandiset(files=0)
    async with _app(own_archive, lambda: MetadataPane(identifier)) as driver:
        await driver.until("General")
        await driver.press("down", "enter")
        await driver.until("Enter goes on")
        await driver.type(" and rats")
        await driver.press("enter", "w")
        await driver.until("Save", "name: Whiskers")
        pane = driver.app.screen_stack[-2]
        assert isinstance(pane, MetadataPane)
        form = pane.form
        assert form
        await driver.press("w")
        form.set_text(("acknowledgement",), "Typed meanwhile")
        await driver.until("1 unsaved")
        assert owner.metadata(identifier)["name"] == "Whiskers of mice and rats"
        assert "acknowledgement" not in owner.metadata(identifier)
        assert form.document["acknowledgement"] == "Typed meanwhile"


async def test_somebody_who_saves_right_after_is_told_and_joined(own_archive: Archive, owner: Owner) -> None:
    identifier = owner.dandiset(files=0)
    async with _app(own_archive, lambda: MetadataPane(identifier)) as driver:
        driver.app.watch_pause = 2
        await driver.until("General")
        await driver.press("down", "enter")
        await driver.until("Enter goes on")
        await driver.type(" and rats")
        await driver.press("enter", "w")
        await driver.until("Save", "name: Whiskers")
        await driver.press("w")
        await driver.until("the archive validates it")
        after = owner.metadata(identifier)
        owner("PUT", f"dandisets/{identifier}/versions/draft/", {"name": "Theirs alone", "metadata": after})
        await driver.until("somebody saved right after you")


async def test_a_dandiset_is_registered_and_deleted(own_archive: Archive, owner: Owner) -> None:
    async with _app(own_archive, MinePane) as driver:
        await driver.until("[mine]")
        await driver.press("N")
        await driver.until("w registers it", "Title *")
        await driver.press("w")
        await driver.until("must be given")
        await driver.press("enter")
        await driver.until("Enter goes on")
        await driver.type("Made by hand")
        await driver.press("enter", "down", "enter")
        await driver.until("Esc takes it")
        await driver.type("Words about it.")
        await driver.press("escape", "down", "enter")
        await driver.until("CC-BY-4.0")
        await driver.press("enter", "w")
        await driver.until("becomes a Dandiset of yours")
        await driver.press("w")
        await driver.until("is registered", "Made by hand")
        identifier = driver.app.screen.dandiset_id  # type: ignore[attr-defined]
        assert owner.metadata(identifier)["license"] == ["spdx:CC-BY-4.0"]
        await driver.press("D")
        await driver.until("Delete…", "with all its files")
        await driver.press("enter")
        await driver.until(f"Type {identifier}")
        await driver.type(identifier)
        await driver.press("enter")
        await driver.until("is deleted")
        assert owner.http.get(f"dandisets/{identifier}/").status_code == 404


async def test_logging_in_and_out_keeps_and_forgets_the_key(own_archive: Archive) -> None:
    async with _app(own_archive, AccountPane, None) as driver:
        await driver.until("Not logged in")
        await driver.press("L")
        await driver.until("API key of")
        await driver.type("0" * 40)
        await driver.press("enter")
        await driver.until("not valid")
        await driver.press("enter", "L")
        await driver.until("API key of")
        await driver.type(TOKENS["demo"])
        shown = picture(driver.app)
        assert TOKENS["demo"] not in shown
        await driver.press("enter")
        await driver.until("Demo User (demo), approved", "demo ·")
        key = find_key(driver.app.instance)
        assert key is not None
        assert key.value == TOKENS["demo"]
        await driver.press("ctrl+x", "y")
        await driver.until("Not logged in")
        assert find_key(driver.app.instance) is None


async def test_the_key_of_this_command_is_offered_to_no_other_archive(own_archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DANDI_TUI_API_KEY", TOKENS["demo"])
    async with _app(own_archive, AccountPane) as driver:
        await driver.until("notebooks", absent="looking for its key")
        pane = driver.app.pane
        assert isinstance(pane, AccountPane)
        assert [address for address, key in pane.found.items() if key] == [own_archive.api_url]


@pytest.mark.parametrize(("who", "words"), [("pending", "waits for approval"), ("rejected", "appeal"), ("incomplete", "questionnaire")])
async def test_each_standing_says_what_to_do(own_archive: Archive, who: str, words: str) -> None:
    async with _app(own_archive, AccountPane, who) as driver:
        await driver.until(words, "notebooks")
        await driver.press("escape", "N")
        await driver.until(words.split(maxsplit=1)[0])


async def test_how_to_register_has_the_address_and_a_code(own_archive: Archive) -> None:
    async with _app(own_archive, AccountPane, None) as driver:
        await driver.until("archive version")
        await driver.press("G")
        await driver.until("Log in there with GitHub", "▄▄▄▄▄")


async def test_others_texts_are_shown_harmless_and_a_megabyte_is_no_burden(own_archive: Archive, owner: Owner) -> None:
    identifier = owner.dandiset(files=0)
    document = owner.metadata(identifier)
    hostile = "\x1b]0;owned\x07 \x1b[2J [red]name[/red] \u202egpj.exe"
    changed = {**document, "keywords": [hostile], "acknowledgement": "word " * 200_000, "x-[b]strange\x1b[0m": hostile}
    owner("PUT", f"dandisets/{identifier}/versions/draft/", {"name": hostile, "metadata": changed})
    async with _app(own_archive, lambda: MetadataPane(identifier)) as driver:
        shown = await driver.until("General", "[red]name[/red]")
        assert not set(shown) & set("\x1b\x07\u202e")
        await driver.press("G", "right", "down")
        shown = await driver.until("strange")
        assert not set(shown) & set("\x1b\x07\u202e")
        await driver.press("home", *["down"] * 7, "enter")
        await driver.until("$ opens the whole document")


async def test_a_document_of_an_unknown_schema_version_is_told_and_kept(own_archive: Archive, owner: Owner) -> None:
    identifier = owner.dandiset(files=0)
    document = {**owner.metadata(identifier), "schemaVersion": "9.9.9", "fromTheFuture": {"a": [1, None]}}
    owner("PUT", f"dandisets/{identifier}/versions/draft/", {"name": document["name"], "metadata": document})
    async with _app(own_archive, lambda: MetadataPane(identifier)) as driver:
        await driver.until("General", "schema 9.9.9")
        await driver.press("down", "enter")
        await driver.until("Enter goes on")
        await driver.type(" still")
        await driver.press("enter", "w")
        await driver.until("w save")
        await driver.press("w")
        await driver.until("saved")
        assert owner.metadata(identifier)["fromTheFuture"] == {"a": [1, None]}


async def test_files_of_a_draft_are_deleted_by_folder_once_its_number_was_typed(own_archive: Archive, owner: Owner) -> None:
    identifier = owner.dandiset(files=2)
    async with _app(own_archive, lambda: DandisetPane(identifier, "draft")) as driver:
        await driver.until("sub-0", "sub-1")
        await driver.press("D")
        await driver.until("Delete…", "sub-0/")
        await driver.press("enter")
        await driver.until("1 file,", "Nothing is done before Enter")
        await driver.press("enter")
        await driver.until(f"Type {identifier} to delete 1 file")
        await driver.type(identifier)
        await driver.press("enter")
        await driver.until("1 file done, 0 failed")
        await driver.press("escape")
        await driver.press("escape")
        await driver.until("sub-1", absent="sub-0  ")
        paths = [one["path"] for one in owner("GET", f"dandisets/{identifier}/versions/draft/assets/")["results"]]
        assert paths == ["sub-1/notes.txt"]


async def test_a_star_comes_and_goes_with_a_key(own_archive: Archive, owner: Owner) -> None:
    identifier = owner.dandiset(files=0)
    async with _app(own_archive, lambda: DandisetPane(identifier, "draft")) as driver:
        await driver.until("no files yet")
        await driver.press("S")
        await driver.until(f"starred: {identifier} has 1 star now")
        await driver.press("S")
        await driver.until(f"the star is taken away: {identifier} has 0 stars now")


async def test_a_star_that_was_given_on_the_page_stands_in_the_list(own_archive: Archive, owner: Owner) -> None:
    identifier = owner.dandiset(files=0)
    async with _app(own_archive, lambda: DandisetPane(identifier, "draft")) as driver:
        await driver.press("escape")
        await driver.until(f"▸ {identifier}")
        await driver.press("enter")
        await driver.until("no files yet")
        await driver.press("S")
        await driver.until("1 star now")
        await driver.press("escape", "escape")
        for _ in range(500):
            await driver.pilot.pause(0.06)
            if any(identifier in line and "★" in line for line in picture(driver.app).splitlines()):
                break
        else:
            raise AssertionError(picture(driver.app))


async def test_what_a_stranger_may_not_do_stays_greyed_with_its_reason(own_archive: Archive, owner: Owner) -> None:
    identifier = owner.dandiset(files=1)
    async with _app(own_archive, lambda: DandisetPane(identifier, "draft"), "alice") as driver:
        await driver.until("sub-0")
        await driver.until("alice ·")
        for _ in range(100):
            await driver.pilot.pause(0.06)
            if driver.app.pane.why_not("publish"):
                break
        await driver.press("P")
        await driver.until("Only owners may do this: Demo User")
        await driver.press("D")
        await driver.until("Delete…", "Only owners may do this")
