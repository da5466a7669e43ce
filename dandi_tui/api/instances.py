"""The archives that there are: each with its name, its pages and its API."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import msgspec

from dandi_tui.errors import TargetError


class Instance(msgspec.Struct, frozen=True):
    """One archive.

    Attributes:
        name: The name as the `dandi` client knows it; of servers that it doesn't, `host[:port]`, or the whole origin where that alone tells them apart.
        web_url: The address of its pages, without a slash at the end; None when unknown.
        api_url: The address of its API, without a slash at the end.
    """

    name: str
    web_url: str | None
    api_url: str

    @property
    def origin(self) -> str:
        """Scheme, host and port of the API: where the key may go, and nowhere else."""
        parts = urlsplit(self.api_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def key_variable(self) -> str:
        """The environment variable of this instance's key: of a known one as the `dandi` client has it, of no other one the same, or another program's."""
        if BY_NAME.get(self.name) == self:
            return self.name.upper().replace("-", "_") + "_API_KEY"
        return "DANDI_TUI_" + re.sub(r"[^A-Z0-9]", "_", self.name.upper().replace("-", "__")) + "_API_KEY"


KNOWN = (
    Instance("dandi", "https://dandiarchive.org", "https://api.dandiarchive.org/api"),
    Instance("dandi-sandbox", "https://sandbox.dandiarchive.org", "https://api.sandbox.dandiarchive.org/api"),
    Instance("dandi-api-local-docker-tests", "http://localhost:8085", "http://localhost:8000/api"),
    Instance("linc", "https://lincbrain.org", "https://api.lincbrain.org/api"),
    Instance("linc-staging", "https://staging.lincbrain.org", "https://staging-api.lincbrain.org/api"),
    Instance("ember-dandi", "https://dandi.emberarchive.org", "https://api-dandi.emberarchive.org/api"),
    Instance("ember-dandi-sandbox", "https://dandi.sandbox.emberarchive.org", "https://api-dandi.sandbox.emberarchive.org/api"),
)
BY_NAME = {instance.name: instance for instance in KNOWN}
_HERE = frozenset(("localhost", "127.0.0.1", "::1"))
_SHORT_NAMES = {"sandbox": "dandi-sandbox", "ember": "ember-dandi"}


def find_instance(name_or_url: str) -> Instance:
    """The instance of a name or an API address; any http(s) address of an API is an instance of its own.

    Raises:
        TargetError: Neither a known name nor an http(s) address.
    """
    text = name_or_url.strip()
    name = text.lower()
    if found := BY_NAME.get(_SHORT_NAMES.get(name, name)):
        return found
    parts = urlsplit(text)
    if parts.scheme in {"http", "https"} and parts.hostname:
        return instance_at(f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/") or "/api")
    known = ", ".join(instance.name for instance in KNOWN)
    raise TargetError("no archive of that name", subject=text, remedy=f"Known are {known}; or give the address of an API.")


def instance_at(origin: str, path: str = "/api") -> Instance:
    """The instance whose API stands at an origin: a known one, else one named after its host."""
    for instance in KNOWN:
        if instance.origin == origin:
            return instance
    parts = urlsplit(origin)
    # A key goes by the name: what is sent in the open is another place than what is sent encrypted, and no host is called as an archive is.
    alone = (parts.scheme == "https" or parts.hostname in _HERE) and not {".", ":"}.isdisjoint(parts.netloc)
    return Instance(parts.netloc if alone else origin, None, origin + path)
