"""A reference index of a file (LINDI, kerchunk): a Zarr store whose documents stand in one JSON, its chunks in ranges of other files.

Only the origins that the person opened or agreed to are asked for chunks; files of this machine never are. Layouts are those of the
reference file system specification of kerchunk, version 1, and of LINDI's JSON; generators are not expanded.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from dandi_tui.nwb.costs import charge
from dandi_tui.nwb.model import FileError, Price, Traffic
from dandi_tui.nwb.ranges import RemoteFile
from dandi_tui.nwb.zarr_keys import DocumentedKeys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from dandi_tui.nwb.hdf5_nodes import Hdf5Contents
    from dandi_tui.nwb.lindi_tar import LindiTar, Member
    from dandi_tui.nwb.zarr_keys import Span

_MOST_FILES = 8
_MOST_TEMPLATES = 100
_MOST_ADDRESSES = 10_000
_LONGEST = 4096


class ReferenceKeys(DocumentedKeys):
    """The keys of an index.

    Args:
        index: The JSON object.
        origins: Addresses' origins that may be asked, as `https://host`.
        headers: Sent to the first of these alone.
        folder: Where blocks of the files are kept on disk.
        before: What reading the index took.
        tar: What the index stands in, where that has chunks too.

    Raises:
        FileError: It is no index.
    """

    is_remote = True

    def __init__(
        self,
        index: Mapping[str, Any],
        origins: Sequence[str],
        headers: Mapping[str, str],
        *,
        folder: Path | None = None,
        before: Traffic = Traffic(),  # noqa: B008 (frozen)
        tar: LindiTar | None = None,
    ) -> None:
        refs = index.get("refs")
        if not isinstance(refs, dict):
            raise FileError("it is JSON, and no index of references")
        templates = index.get("templates")
        known = list(templates.items())[:_MOST_TEMPLATES] if isinstance(templates, dict) else []
        self._templates = {name: one for name, one in known if isinstance(one, str)}
        self._origins, self._headers, self._folder = [origin_of(one) or one for one in origins], dict(headers), folder
        self._files: dict[str, RemoteFile] = {}
        self._linked: dict[str, tuple[RemoteFile, Hdf5Contents]] = {}
        self._before, self._tar = before, tar
        super().__init__(refs)

    def read(self, key: str, most: int) -> bytes | None:
        """The bytes that a key stands for."""
        found = self.documents.get(key)
        if found is None:
            return None
        if isinstance(found, str):
            return _inline(found, key)
        address, start, length = self._reference(found, key)
        file = self._file(address)
        if (length if length >= 0 else file.size) > most:
            raise FileError(f"{key} is too large to be read for a look")
        file.seek(start)
        data = file.read(length if length >= 0 else file.size)
        if len(data) != length and length >= 0:
            raise FileError(f"{key} lies outside the file that it refers to")
        return data

    def _reference(self, found: Any, key: str) -> tuple[str, int, int]:  # noqa: ANN401 (any JSON)
        """Address, first byte and length that a key refers to.

        Raises:
            FileError: It refers to nothing that may be asked.
        """
        parts = found if isinstance(found, list) else []
        numbers = parts[1:]
        if len(parts) not in {1, 3} or not isinstance(parts[0], str) or not all(type(one) is int and 0 <= one < 2**53 for one in numbers):
            raise FileError(f"{key} is no reference that can be followed")
        address = self._address(parts[0])
        if not self._inside_of(address) and (origin := origin_of(address)) not in self._origins:
            raise FileError(f"it lies elsewhere, in {address[:200]}, which is not opened" + (f": {origin} was not agreed to" if origin else ""))
        return address, *(numbers or (0, -1))

    def _address(self, raw: str) -> str:
        """An address with the index's own words put in.

        Raises:
            FileError: It becomes too long to be one.
        """
        for name, words in self._templates.items() if "{{" in raw else ():
            raw = raw.replace("{{" + name + "}}", words)
            if len(raw) > _LONGEST:
                raise FileError("the words that its references are made of grow without an end")
        return raw

    def _inside_of(self, address: str) -> bool:
        return self._tar is not None and address.startswith("./")

    def elsewhere(self) -> dict[str, int]:
        """How many references lead to which origin that may not be asked, the commonest first; those to files of this machine are left out."""
        raw = Counter(found[0] for found in self.documents.values() if isinstance(found, list) and found and isinstance(found[0], str))
        raw.update(link["url"] for key, found in self.documents.items() if key.endswith("/.zattrs") and (link := external_link(found)))
        found: Counter[str] = Counter()
        for address, count in raw.most_common(_MOST_ADDRESSES):
            with suppress(FileError):
                if (origin := origin_of(self._address(address))) and origin not in self._origins:
                    found[origin] += count
        return dict(found.most_common(_MOST_FILES))

    def hdf5(self, address: str) -> Hdf5Contents:
        """The objects of an HDF5 file that an index leaves the values of some arrays in.

        Raises:
            FileError: It may not be asked, or can't be opened.
        """
        from dandi_tui.nwb.hdf5_nodes import Hdf5Contents
        from dandi_tui.nwb.opening import open_remote

        address = self._reference([address], "a link to an array")[0]
        if address not in self._linked:
            if len(self._linked) >= _MOST_FILES:
                raise FileError("it refers to more files than are opened for a look")
            own = origin_of(address) == self._origins[0]
            remote, file = open_remote(address, self._headers if own else {}, folder=self._folder, key="")
            self._linked[address] = (remote, Hdf5Contents(file, remote))
        return self._linked[address][1]

    def reaches(self) -> bool:
        """Whether its first reference leads where may be asked."""
        first = next(((key, found) for key, found in self.documents.items() if isinstance(found, list)), None)
        try:
            return first is None or bool(self._reference(first[1], first[0]))
        except FileError:
            return False

    def spans(self, wanted: Sequence[Span]) -> list[bytes | None]:
        """Parts of keys; ranges of a file are brought side by side."""
        places = [self._place_of(one) for one in wanted]
        by_file: dict[str, list[tuple[int, int]]] = {}
        for place in places:
            if isinstance(place, tuple):
                by_file.setdefault(place[0], []).append(place[1:])
        for address, spans in by_file.items():
            self._file(address).expect(spans, paid=True)
        return [self._at(*place) if isinstance(place, tuple) else place for place in places]

    def _place_of(self, wanted: Span) -> tuple[str, int, int] | bytes | None:
        """Where a part lies, as an address and its bytes' places there; or the part itself, where it stands in the index."""
        found = self.documents.get(wanted.key)
        if found is None:
            return None
        if isinstance(found, str):
            data = _inline(found, wanted.key)
            start, stop = wanted.within(len(data))
            return data[start:stop]
        address, first, length = self._reference(found, wanted.key)
        start, stop = wanted.within(length if length >= 0 else self._file(address).size)
        return address, first + start, first + stop

    def _at(self, address: str, start: int, stop: int) -> bytes:
        file = self._file(address)
        file.seek(start)
        data = file.read(stop - start)
        if len(data) != stop - start:
            raise FileError(f"a part lies outside the file that it refers to, {address[:200]}")
        return data

    def afford_spans(self, wanted: Sequence[Span], *, paid: bool) -> None:
        """Says the price of reading parts of keys."""
        taken = sum(one.stop - one.start for one in wanted)
        price = Price(len(wanted), taken, taken / 2e6)
        charge(price, paid=paid)

    def _file(self, address: str) -> RemoteFile | Member:
        if self._tar is not None and self._inside_of(address):
            return self._tar.member(address.removeprefix("./"))
        if address not in self._files:
            if len(self._files) >= _MOST_FILES:
                raise FileError("it refers to more files than are opened for a look")
            own = bool(self._origins) and origin_of(address) == self._origins[0]
            self._files[address] = RemoteFile(address, self._headers if own else {}, folder=self._folder)
        return self._files[address]

    def many(self, keys: Sequence[str], most: int) -> Iterable[bytes | None]:
        """The bytes of keys; ranges of a file are brought side by side."""
        by_file: dict[str, list[tuple[int, int]]] = {}
        for key in keys:
            if isinstance(found := self.documents.get(key), list):
                address, start, length = self._reference(found, key)
                if length > most:
                    raise FileError(f"{key} is too large to be read for a look")
                by_file.setdefault(address, []).append((start, start + max(0, length)))
        for address, spans in by_file.items():
            self._file(address).expect(spans, paid=True)
        return (self.read(key, most) for key in keys)

    def afford(self, keys: Sequence[str], each: int, *, paid: bool) -> None:
        """Says the price of reading keys."""
        lengths = [found[2] for key in keys if isinstance(found := self.documents.get(key), list) and len(found) == 3 and type(found[2]) is int]
        price = Price(len(lengths), sum(lengths), sum(lengths) / 2e6)
        charge(price, paid=paid)

    @property
    def traffic(self) -> Traffic:
        """What reading took so far."""
        far = [*self._files.values(), *(remote for remote, _ in self._linked.values())]
        all_of = [self._before, *(one.traffic for one in far), *([self._tar.traffic] if self._tar else [])]
        return Traffic(sum(one.requests for one in all_of), sum(one.bytes for one in all_of), sum(one.cached for one in all_of))

    def close(self) -> None:
        """Ends the connections."""
        for one in [*self._files.values(), *(remote for remote, _ in self._linked.values())]:
            one.close()
        if self._tar:
            self._tar.close()


def origin_of(address: str) -> str:
    """An address's origin, as `https://host`; empty where it has none that a person could judge by reading it."""
    try:
        split = urlsplit(address)
        known = split.scheme in {"http", "https"} and split.hostname and "@" not in split.netloc and split.netloc.isascii()
    except ValueError:
        return ""
    return f"{split.scheme}://{split.netloc.lower()}" if known and split.netloc.isprintable() and " " not in split.netloc else ""


def external_link(attributes: Any) -> dict[str, str] | None:  # noqa: ANN401 (any JSON)
    """Address and path of the HDF5 dataset that an array's values stay in (LINDI's `_EXTERNAL_ARRAY_LINK`); None where there is none."""
    if isinstance(attributes, str):
        if "_EXTERNAL_ARRAY_LINK" not in attributes:
            return None
        try:
            attributes = json.loads(attributes)
        except (ValueError, RecursionError):
            return None
    link = attributes.get("_EXTERNAL_ARRAY_LINK") if isinstance(attributes, dict) else None
    known = isinstance(link, dict) and isinstance(link.get("url"), str) and isinstance(link.get("name"), str)
    return {"url": link["url"], "name": link["name"]} if known and isinstance(link, dict) else None


def _inline(words: str, key: str) -> bytes:
    if not words.startswith("base64:"):
        return words.encode("utf-8", "surrogateescape")
    try:
        return base64.b64decode(words[7:], validate=True)
    except (ValueError, binascii.Error) as error:
        raise FileError(f"{key} is no base64") from error
