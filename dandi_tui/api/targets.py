"""Targets: anything that names something, understood without asking the network; and the way back to addresses.

Names (`000004`, `DANDI:000004/draft`), `dandi://` identifiers, identifiers.org and DOI addresses, every generation of page
addresses, API and download addresses, local paths.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, unquote, urlsplit

import msgspec

from dandi_tui.api.instances import BY_NAME, KNOWN, Instance, instance_at
from dandi_tui.errors import TargetError

if TYPE_CHECKING:
    from collections.abc import Callable
    from urllib.parse import SplitResult

_ID = r"(?P<id>\d{6})"
_VERSION = r"(?P<version>draft|\d+\.\d+\.\d+)"
_UUID = r"(?P<asset>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
_NAME = re.compile(rf"(?:(?P<prefix>[A-Za-z][A-Za-z-]*):)?{_ID}(?:/{_VERSION})?/?")
_URI = re.compile(rf"(?P<instance>[^/]+)/{_ID}(?:@{_VERSION})?(?:/(?P<path>.*))?", re.DOTALL)
_PAGE = re.compile(rf"(?:/dandiset)?/{_ID}(?:/{_VERSION})?(?P<files>/files)?/?")
_API_DANDISET = re.compile(rf"/dandisets/{_ID}(?:/versions(?:/{_VERSION}(?P<assets>/assets)?(?:/{_UUID})?(?:/download)?)?)?/?")
_API_ASSET = re.compile(rf"/assets/{_UUID}(?:/download)?/?")
_DOI = re.compile(rf"/10\.\d+/dandi\.{_ID}(?:/{_VERSION})?/?", re.IGNORECASE)
_PAGES = {urlsplit(instance.web_url or "").netloc: instance for instance in KNOWN}
_OTHER_PAGES = {
    "gui.dandiarchive.org": "dandi",
    "www.dandiarchive.org": "dandi",
    "gui-staging.dandiarchive.org": "dandi-sandbox",
}
_FORMS = (
    "Understood are: 000004, DANDI:000004[/VERSION], dandi://INSTANCE/000004[@VERSION][/PATH], addresses of dandiarchive.org "
    "pages, of its API and of identifiers.org, and files or folders on this machine."
)


class Target(msgspec.Struct, frozen=True):
    """What a text names.

    Attributes:
        kind: dandiset, folder (path ends in `/`), asset, glob, prefix, local or url.
        instance: The archive's name; None where there is none, or only its address is known.
        api_url: The archive's API.
        dandiset_id: Six digits.
        version: `draft` or a number; None: the newest published one, else the draft.
        path: A path in the version, a pattern, a local path or an address, by kind.
        asset_id: A UUID.
        inside: An object in the file that is named (`/units`); None: the file.
    """

    kind: str
    instance: str | None = None
    api_url: str | None = None
    dandiset_id: str | None = None
    version: str | None = None
    path: str | None = None
    asset_id: str | None = None
    inside: str | None = None


def parse_target(text: str, *, default: Instance, exists: Callable[[str], bool] | None = None) -> Target:
    """Understands a text; asks no network. What follows `::` is an object in the file that stands before it.

    Args:
        text: What a person gives.
        default: The archive of names that don't say theirs.
        exists: Whether a local path is there; None: any path-like text is taken as one.

    Raises:
        TargetError: The text names nothing; the error says which forms do.
    """
    file, mark, inside = text.partition("::/")
    if not mark or (exists is not None and exists(text)):
        return _parse(text, default, exists)
    target = _parse(file, default, exists)
    if target.kind not in {"asset", "local", "url"}:
        raise TargetError(f"{file} names no file, so that nothing can be inside it", subject=text, remedy="Write FILE::/path/in/the/file.")
    return msgspec.structs.replace(target, inside="/" + inside.strip())


def _parse(text: str, default: Instance, exists: Callable[[str], bool] | None) -> Target:
    words = text.strip()
    scheme = words.partition("://")[0].lower() if "://" in words else ""
    if scheme == "dandi":
        return _from_uri(words, default)
    if scheme in {"http", "https"}:
        return _from_address(words)
    if not scheme:
        if match := _NAME.fullmatch(words):
            return _from_name(match, words, default)
        if not re.match(r"[A-Za-z-]*dandi[A-Za-z-]*:|linc:", words, re.IGNORECASE) and _is_path(text, exists):
            return Target("local", path=str(Path(text).expanduser().absolute()))
    raise _refusal(text)


def _refusal(text: str) -> TargetError:
    return TargetError("this names no Dandiset, asset or file", subject=text, remedy=_FORMS)


def _is_path(text: str, exists: Callable[[str], bool] | None) -> bool:
    if exists is not None and exists(text):
        return True
    return bool(text) and ("/" in text or text in {".", "..", "~"} or bool(re.fullmatch(r"\S+\.\w+", text)))


def _at(instance: Instance, match: re.Match[str], kind: str = "dandiset", path: str | None = None) -> Target:
    found = match.groupdict()
    name = instance.name if instance.name in BY_NAME else None
    return Target(kind, name, instance.api_url, found.get("id"), found.get("version"), path, found.get("asset"))


def _from_name(match: re.Match[str], text: str, default: Instance) -> Target:
    prefix = (match["prefix"] or "").lower()
    if not prefix or (prefix == "dandi" and default.name not in BY_NAME):
        instance = default
    elif prefix in BY_NAME:
        instance = BY_NAME[prefix]
    elif prefix == "dandi":
        instance = BY_NAME["dandi"]
    else:
        raise _refusal(text)
    return _at(instance, match)


def _from_uri(text: str, default: Instance) -> Target:
    match = _URI.fullmatch(text[len("dandi://") :])
    name = unquote(match["instance"]).lower() if match else ""
    instance = default if name == default.name.lower() else BY_NAME.get(name)
    if match is None or instance is None:
        raise _refusal(text)
    path = unquote(match["path"] or "").lstrip("/")
    kind = "dandiset" if not path else "folder" if path.endswith("/") else "asset"
    return _at(instance, match, kind, path or None)


def _from_address(text: str) -> Target:
    parts = urlsplit(text)
    host, path, query = parts.netloc.lower(), parts.path, parts.query
    if path in {"", "/"} and parts.fragment.startswith("/"):
        path, _, query = parts.fragment.partition("?")
    if host == "identifiers.org" and (match := _NAME.fullmatch(path.lstrip("/"))):
        return _from_name(match, text, BY_NAME["dandi"])
    if host == "doi.org" and (match := _DOI.fullmatch(path)):
        return _at(BY_NAME["dandi"], match)
    if instance := _page_instance(host):
        return _from_page(text, instance, path, query)
    if path.startswith("/api/") or host in {urlsplit(known.api_url).netloc for known in KNOWN}:
        return _from_api(text, parts, query)
    return Target("url", path=text)


def _page_instance(host: str) -> Instance | None:
    if host.endswith("dandiarchive-org.netlify.app"):
        return BY_NAME["dandi-sandbox"]
    return _PAGES.get(host) or BY_NAME.get(_OTHER_PAGES.get(host, ""))


def _from_page(text: str, instance: Instance, path: str, query: str) -> Target:
    match = _PAGE.fullmatch(path)
    if match is None:
        raise _refusal(text)
    _, named, location = query.partition("location=")
    folder = unquote(location).strip("/") if named else ""
    return _at(instance, match, "folder", folder + "/") if folder else _at(instance, match)


def _from_api(text: str, parts: SplitResult, query: str) -> Target:
    instance = instance_at(f"{parts.scheme.lower()}://{parts.netloc.lower()}")
    path = parts.path.removeprefix("/api")
    if match := _API_ASSET.fullmatch(path):
        return _at(instance, match, "asset")
    match = _API_DANDISET.fullmatch(path)
    if match is None:
        raise _refusal(text)
    if match["asset"]:
        return _at(instance, match, "asset")
    asked = parse_qs(query)
    for name, kind in (("glob", "glob"), ("path", "prefix")):
        if match["assets"] and asked.get(name):
            return _at(instance, match, kind, asked[name][0])
    return _at(instance, match)


def instance_of(target: Target) -> Instance:
    """The archive that a target stands in.

    Raises:
        TargetError: The target is of no archive.
    """
    if target.instance:
        return BY_NAME[target.instance]
    if target.api_url:
        return instance_at(target.api_url.removesuffix("/api"))
    raise TargetError("this is no place in an archive", subject=target.path or "")


def dandi_uri(target: Target, instance: Instance) -> str:
    """The place as `dandi://INSTANCE/ID[@VERSION][/PATH][::/OBJECT]`."""
    version = f"@{target.version}" if target.version else ""
    path = f"/{quote(target.path, safe='/')}" if target.path else ""
    return f"dandi://{quote(instance.name, safe=':[]@')}/{target.dandiset_id}{version}{path}" + (f"::{target.inside}" if target.inside else "")


def web_url(target: Target, instance: Instance) -> str | None:
    """The place as a page of the archive's web application; None where the instance has none."""
    if not instance.web_url or not target.dandiset_id:
        return None
    page = f"{instance.web_url}/dandiset/{target.dandiset_id}/{target.version or 'draft'}"
    if not target.path:
        return page if target.version else f"{instance.web_url}/dandiset/{target.dandiset_id}"
    folder = target.path.rstrip("/") if target.kind == "folder" else target.path.rpartition("/")[0]
    return f"{page}/files?location={quote(folder, safe='')}"


def api_address(target: Target, instance: Instance) -> str:
    """The place as an address of the archive's API."""
    if target.asset_id:
        return f"{instance.api_url}/assets/{target.asset_id}/"
    base = f"{instance.api_url}/dandisets/{target.dandiset_id}/"
    if not target.version:
        return base
    base += f"versions/{target.version}/"
    if not target.path:
        return base
    name = "glob" if target.kind == "glob" else "path"
    return f"{base}assets/?{name}={quote(target.path, safe='')}"
