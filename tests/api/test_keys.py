"""Where keys are found and kept: the keyring as the `dandi` client names it, else a file of 0600."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

from dandi_tui.api.instances import find_instance
from dandi_tui.api.keys import checked_key, find_key, forget_key, key_file, store_key
from dandi_tui.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

DANDI, SANDBOX = find_instance("dandi"), find_instance("sandbox")


class Memory(KeyringBackend):
    """A keyring that keeps in memory, as a desktop's keeps in its vault."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.kept:
            raise PasswordDeleteError
        del self.kept[service, username]


@pytest.fixture
def memory() -> Iterator[Memory]:
    before = keyring.get_keyring()
    made = Memory()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


def test_a_key_is_kept_under_the_names_that_the_dandi_client_uses(memory: Memory) -> None:
    assert store_key(DANDI, "a" * 40).source == "keyring"
    assert memory.kept == {("dandi-api-dandi", "key"): "a" * 40}


def test_keys_of_several_instances_do_not_mix(memory: Memory) -> None:
    store_key(DANDI, "a" * 40)
    store_key(SANDBOX, "b" * 40)
    assert [one.value for one in (find_key(DANDI), find_key(SANDBOX)) if one] == ["a" * 40, "b" * 40]
    assert forget_key(DANDI) == ["keyring"]
    assert find_key(DANDI) is None
    assert find_key(SANDBOX) is not None
    assert forget_key(DANDI) == []


def test_without_a_keyring_a_key_is_kept_in_a_file_of_its_owner_alone() -> None:
    key = store_key(DANDI, "a" * 40)
    assert key.source == str(key_file(DANDI))
    assert key_file(DANDI).stat().st_mode & 0o777 == 0o600
    assert find_key(DANDI) == key
    assert "a" * 40 not in repr(key)
    key_file(DANDI).chmod(0o644)
    assert find_key(DANDI) is None
    assert forget_key(DANDI) == [key.source]


@pytest.mark.parametrize("kept", ["keyring", "file"])
@pytest.mark.parametrize(
    ("own", "other"),
    [
        ("https://my-lab.org/api", "https://my.lab.org/api"),
        ("https://archive.lab.org/api", "http://archive.lab.org/api"),
        ("dandi", "http://dandi/api"),
        ("dandi", "https://dandi/api"),
        ("dandi-sandbox", "https://dandi_sandbox/api"),
        ("ember", "https://ember.dandi/api"),
        ("https://api.lab.org/api", "https://api.lab.org:8443/api"),
    ],
)
def test_a_key_is_not_taken_for_a_server_of_a_like_name(
    kept: str, own: str, other: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kept == "keyring":
        request.getfixturevalue("memory")
    store_key(find_instance(own), "a" * 40)
    monkeypatch.setenv(find_instance(own).key_variable, "b" * 40)
    assert find_key(find_instance(own)) is not None
    assert find_key(find_instance(other)) is None
    assert forget_key(find_instance(other)) == []


def test_the_keys_of_other_programs_are_sent_to_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPEN_AI_API_KEY", "a" * 40)
    assert find_key(find_instance("https://open.ai/api")) is None


def test_a_folder_that_cannot_be_written_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DANDI_TUI_STATE_DIR", "/dev/null/nowhere")
    with pytest.raises(ConfigError, match="DANDI_API_KEY"):
        store_key(DANDI, "a" * 40)


@pytest.mark.parametrize(("pasted", "key"), [("  abc123\n", "abc123"), ("'abc123'", "abc123"), ("token abc123", "abc123")])
def test_what_stands_around_a_pasted_key_is_taken_off(pasted: str, key: str) -> None:
    assert checked_key(pasted) == key


@pytest.mark.parametrize("pasted", ["", "  ", "two words", "abc\x1b[31m", "schlüssel", "https://dandiarchive.org"])
def test_what_can_be_no_key_is_refused_and_not_repeated(pasted: str) -> None:
    with pytest.raises(UsageError) as caught:
        checked_key(pasted)
    assert not pasted.strip() or pasted not in str(caught.value)
