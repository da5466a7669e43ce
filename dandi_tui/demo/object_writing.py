"""The object store's writing side: parts of uploads, their putting together, and files of Zarrs, each at its signed address."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import itertools
import re
import shutil
import uuid
from typing import TYPE_CHECKING, TypeVar
from xml.etree import ElementTree as ET

from starlette.requests import ClientDisconnect
from starlette.responses import Response

from dandi_tui.demo.object_faults import StoreFaultError
from dandi_tui.demo.store import COMING, uploads, zarrs
from dandi_tui.demo.times import in_zarr

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from starlette.requests import Request

    from dandi_tui.demo.routing import Archive
    from dandi_tui.demo.store.uploads import Part, Upload

    Answered = TypeVar("Answered")

_CHUNK = 2**20
_SMALLEST_PART = 5 * 2**20
_LARGEST_LIST = 2**20
_BLOB = re.compile(r"blobs/(?P<a>.{3})/(?P<b>.{3})/(?P<id>(?P=a)(?P=b)[0-9a-f-]{30})")
_ZARR = re.compile(r"zarr/(?P<id>[0-9a-f-]{36})/(?P<key>.+)", re.DOTALL)


class Coming:
    """A body that comes, written to a file of its own.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self._digest = hashlib.md5(usedforsecurity=False)
        self._parts: list[bytes] = []
        self._waiting = 0

    def take(self, part: bytes) -> bool:
        """Takes some bytes; whether so many wait that they should be written."""
        self._parts.append(part)
        self._waiting += len(part)
        return self._waiting >= _CHUNK

    def write(self) -> None:
        """Writes what waits."""
        with self.path.open("ab") as file:
            for part in self._parts:
                self._digest.update(part)
                file.write(part)
        self.size += self._waiting
        self._parts, self._waiting = [], 0

    def finish(self) -> bytes:
        """Writes what is left; the MD5 of all."""
        self.write()
        return self._digest.digest()

    def drop(self) -> None:
        """Removes the file, if it is there still."""
        self.path.unlink(missing_ok=True)


class ObjectWriting:
    """What is put into the object store.

    Args:
        archive: Whose store it is.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._joining: set[str] = set()

    async def answer(self, request: Request) -> Response:
        """What the store says to a PUT or POST.

        Raises:
            StoreFaultError: It refuses.
        """
        check_one_mechanism(request)
        key, query = request.path_params["key"], dict(request.query_params)
        if "X-Amz-Signature" not in query:
            raise StoreFaultError(403, "AccessDenied", "Access Denied")
        if fault := self._archive.addresses.fault(request.method, key, query, request.headers):
            raise StoreFaultError(403, *fault)
        blob, zarr = _BLOB.fullmatch(key), _ZARR.fullmatch(key)
        if request.method == "PUT" and blob and "partNumber" in query:
            return await self._put_part(request, blob["id"], query)
        if request.method == "POST" and blob and "uploadId" in query:
            return await self._join(request, blob["id"], key, query)
        if request.method == "PUT" and zarr:
            return await self._put_zarr_file(request, zarr["id"], zarr["key"])
        raise StoreFaultError(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")

    async def _store(self, work: Callable[[], Answered]) -> Answered:
        return await asyncio.get_running_loop().run_in_executor(self._archive.worker, work)

    def _upload(self, upload_id: str, query: dict[str, str]) -> Upload:
        found = uploads.get(self._archive.store, upload_id)
        if found is None or found.stored_etag or found.multipart != query.get("uploadId") or upload_id in self._joining:
            words = "The specified upload does not exist. It may have been aborted or completed."
            raise StoreFaultError(404, "NoSuchUpload", words, UploadId=query.get("uploadId", ""))
        return found

    async def _put_part(self, request: Request, upload_id: str, query: dict[str, str]) -> Response:
        store, number = self._archive.store, int(query["partNumber"])
        coming = await _receive(request, store.root / "uploads")

        def keep() -> bytes:
            self._upload(upload_id, query)
            md5 = coming.finish()
            coming.path.replace(store.part_path(upload_id, number))
            uploads.keep_part(store, uploads.Part(upload_id, number, md5.hex(), coming.size))
            return md5

        try:
            return _accepted(await self._store(keep))
        finally:
            coming.drop()

    async def _join(self, request: Request, upload_id: str, key: str, query: dict[str, str]) -> Response:
        wanted = _wanted_parts(await _text(request))
        store = self._archive.store

        def choose() -> tuple[list[Part], str]:
            self._upload(upload_id, query)
            found = _chosen(uploads.parts(store, upload_id), wanted)
            joined = hashlib.md5(b"".join(bytes.fromhex(part.etag) for part in found), usedforsecurity=False).hexdigest()
            etag = f"{joined}-{len(found)}"
            if len(found) == 1:
                keep(found, etag)
            else:
                self._joining.add(upload_id)
            return found, etag

        def keep(parts: list[Part], etag: str) -> None:
            _place(store.part_path(upload_id, parts[0].number), store.blob_path(upload_id))
            others = uploads.parts(store, upload_id).keys() - {parts[0].number}
            with store.transaction():
                uploads.keep_object(store, upload_id, etag, sum(part.size for part in parts))
            for number in others:
                store.part_path(upload_id, number).unlink(missing_ok=True)

        parts, etag = await self._store(choose)
        if len(parts) > 1:
            try:
                await asyncio.to_thread(_append_parts, [store.part_path(upload_id, part.number) for part in parts], parts[0].size)
                await self._store(lambda: keep(parts, etag))
            finally:
                self._joining.discard(upload_id)
        return _joined(key, etag)

    async def _put_zarr_file(self, request: Request, zarr_id: str, key: str) -> Response:
        store = self._archive.store
        place = store.zarr_file_path(zarr_id, key)
        coming = await _receive(request, store.root / "uploads")

        def keep() -> bytes:
            md5 = coming.finish()
            if md5 != _announced_md5(request):
                raise StoreFaultError(400, "BadDigest", "The Content-MD5 you specified did not match what we received.")
            _keep_zarr_file(self._archive, coming.path, zarrs.ZarrFile(zarr_id, key, coming.size, md5.hex(), in_zarr()), place)
            return md5

        try:
            return _accepted(await self._store(keep))
        finally:
            coming.drop()


def check_one_mechanism(request: Request) -> None:
    """Refuses a key beside a signed address, as S3 does."""
    if "authorization" in request.headers:
        raise StoreFaultError(400, "InvalidArgument", "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter should be specified")


def _keep_zarr_file(archive: Archive, came: Path, file: zarrs.ZarrFile, place: Path) -> None:
    if zarrs.get(archive.store, file.zarr_id) is None:
        raise StoreFaultError(404, "NoSuchKey", "The specified key does not exist.", Key=file.key)
    try:
        _place(came, place)
    except OSError as error:
        raise StoreFaultError(400, "InvalidArgument", f"The key can't be stored: {error.strerror}") from error
    zarrs.keep_file(archive.store, file)


def _announced_md5(request: Request) -> bytes:
    try:
        return base64.b64decode(request.headers.get("content-md5", ""), validate=True)
    except binascii.Error as error:
        raise StoreFaultError(400, "InvalidDigest", "The Content-MD5 you specified is not valid.") from error


async def _receive(request: Request, folder: Path) -> Coming:
    """The body of a request, all but its last bytes written to a file of its own in a folder."""
    if "content-length" not in request.headers:
        raise StoreFaultError(411, "MissingContentLength", "You must provide the Content-Length HTTP header.")
    coming = Coming(folder / f"{COMING}{uuid.uuid4().hex}")
    try:
        async for part in request.stream():
            if coming.take(part):
                await asyncio.to_thread(coming.write)
    except ClientDisconnect as error:
        coming.drop()
        words = "Your socket connection to the server was not read from or written to within the timeout period."
        raise StoreFaultError(400, "RequestTimeout", words) from error
    return coming


def _place(came: Path, place: Path) -> None:
    """Gives a file its place, whose folder is made when it isn't there."""
    try:
        came.replace(place)
    except FileNotFoundError:
        place.parent.mkdir(parents=True, exist_ok=True)
        came.replace(place)


def _append_parts(paths: list[Path], first_size: int) -> None:
    """Appends files to the first of them, of `first_size` bytes, whatever was appended to it before."""
    with paths[0].open("r+b") as target:
        target.truncate(first_size)
        target.seek(first_size)
        for path in paths[1:]:
            with path.open("rb") as source:
                shutil.copyfileobj(source, target, _CHUNK)


def _accepted(md5: bytes) -> Response:
    return Response(None, 200, {"ETag": f'"{md5.hex()}"'}, media_type="text/html; charset=utf-8")


async def _text(request: Request) -> bytes:
    text = b""
    async for part in request.stream():
        text += part
        if len(text) > _LARGEST_LIST:
            raise StoreFaultError(400, "MaxMessageLengthExceeded", "Your request was too large.")
    return text


def _wanted_parts(text: bytes) -> list[tuple[int, str]]:
    """Number and etag of the parts that a list of parts names, in its order."""
    malformed = "The XML you provided was not well-formed or did not validate against our published schema"
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise StoreFaultError(400, "MalformedXML", malformed)
    try:
        root = ET.fromstring(text)  # noqa: S314 (no document type, no entities)
        found = [(int(one.findtext("{*}PartNumber", "")), one.findtext("{*}ETag", "").strip('"')) for one in root.findall("{*}Part")]
    except (ET.ParseError, ValueError) as error:
        raise StoreFaultError(400, "MalformedXML", malformed) from error
    if not found:
        raise StoreFaultError(400, "MalformedXML", malformed)
    return found


def _chosen(there: dict[int, Part], wanted: list[tuple[int, str]]) -> list[Part]:
    if any(after <= before for (before, _), (after, _) in itertools.pairwise(wanted)):
        words = "The list of parts was not in ascending order. The parts list must be specified in order by part number."
        raise StoreFaultError(400, "InvalidPartOrder", words)
    for number, etag in wanted:
        if number not in there or there[number].etag != etag:
            words = "One or more of the specified parts could not be found, or their entity tags do not match."
            raise StoreFaultError(400, "InvalidPart", words, PartNumber=str(number), ETag=etag)
    found = [there[number] for number, _ in wanted]
    if any(part.size < _SMALLEST_PART for part in found[:-1]):
        raise StoreFaultError(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed object size.")
    return found


def _joined(key: str, etag: str) -> Response:
    text = (
        '<?xml version="1.0" encoding="utf-8"?>\n<CompleteMultipartUploadResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        f"<Location>http://dandi-dandisets.s3.amazonaws.com/{key}</Location><Bucket>dandi-dandisets</Bucket><Key>{key}</Key>"
        f'<ETag>"{etag}"</ETag></CompleteMultipartUploadResult>'
    )
    return Response(text, media_type="application/xml")
