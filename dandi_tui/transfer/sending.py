"""Sending the bytes of a file to the archive's store: parts side by side, those that were accepted never again."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from typing import TYPE_CHECKING

import msgspec

from dandi_tui.api.uploads import NewUpload, SentPart
from dandi_tui.errors import ConflictError, DandiTuiError, NotFoundError, RefusedError, TransferError, UnexpectedAnswerError, UnreachableError
from dandi_tui.text import size as size_words
from dandi_tui.transfer.bringing import STREAMS, TRIES
from dandi_tui.transfer.bulk import ExpiredAddressError, GoneError, post, put
from dandi_tui.transfer.local_file import Looks, check_same, chunks, spans
from dandi_tui.transfer.work import together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dandi_tui.transfer.work import Work


class UploadFacts(msgspec.Struct, frozen=True):
    """What the upload of a file must know to go on. Signed addresses are in it: the journal is for its owner's eyes alone.

    Attributes:
        looks: What the file was.
        parts: The MD5s of its parts.
        upload_id: The upload that was begun; empty when none was.
        addresses: Where its parts are sent to, in their order.
        sent: Whether the store was told that all parts are there.
        blob_id: The blob, once the archive has it.
    """

    looks: Looks | None = None
    parts: list[str] = []
    upload_id: str = ""
    addresses: list[str] = []
    sent: bool = False
    blob_id: str = ""


class Sending:
    """Sends one file.

    Args:
        work: The transfer.
        facts: What is known from before, the digests of the parts among it.
        digest: The file's dandi-etag.
    """

    def __init__(self, work: Work, facts: UploadFacts, digest: str) -> None:
        assert facts.looks is not None  # noqa: S101 (it was looked at before it was hashed)
        self._work, self.facts, self._digest, self._looks = work, facts, digest, facts.looks
        self._spans = spans(facts.looks.size)
        self._calls = work.client.uploads
        self._accepted: dict[int, tuple[int, str]] = {}

    async def run(self) -> UploadFacts:
        """Sends what the archive does not have.

        Returns:
            The facts, with the blob.

        Raises:
            ArchiveError: The archive or its store failed, or refuses the content.
            TransferError: The file changed.
        """
        for _ in range(3):
            if not self.facts.upload_id:
                await self._begin()
            if self.facts.blob_id:
                await self._work.note("the archive has this content already: no bytes were sent")
                return self.facts
            try:
                if not self.facts.sent:
                    await self._send_parts()
                    await self._complete()
                blob = await self._validated()
            except (ExpiredAddressError, GoneError) as error:
                await self._work.note(_anew(error, sum(size for size, _ in self._accepted.values())))
                await self._forget()
                continue
            await self._keep(blob_id=blob, upload_id="", addresses=[])
            return self.facts
        raise UnreachableError("the store refuses every address that the archive signs", subject=self._work.spec.path)

    async def _keep(self, **changes: object) -> None:
        self.facts = msgspec.structs.replace(self.facts, **changes)
        await self._work.save(facts=msgspec.msgpack.encode(self.facts))

    async def _forget(self) -> None:
        self._accepted, self._work.kept, self._work.bytes = {}, 0, 0
        await self._work.recorder.do(lambda journal: journal.drop_parts(self._work.row.id))
        await self._keep(upload_id="", addresses=[], sent=False)

    async def _begin(self) -> None:
        self._work.phase = "beginning"
        new = await self._calls.begin(self._work.job.dandiset, self._digest, self._looks.size)
        self._work.phase = ""
        if not isinstance(new, NewUpload):
            await self._keep(blob_id=new)
            return
        parts = sorted(new.parts, key=lambda part: part.part_number)
        if [part.size for part in parts] != [end - start for start, end in self._spans]:
            raise UnexpectedAnswerError("the archive cuts the file into other parts than its digest has", subject=self._work.spec.path)
        await self._keep(upload_id=new.upload_id, addresses=[part.upload_url for part in parts], sent=False)

    # Parts

    async def _send_parts(self) -> None:
        self._accepted = await self._work.recorder.do(lambda journal: journal.parts(self._work.row.id))
        self._work.bytes = sum(size for size, _ in self._accepted.values())
        todo = deque(number for number in range(1, len(self._spans) + 1) if number not in self._accepted)

        async def stream() -> None:
            while todo:
                await self._persist(todo.popleft())

        await together(*(stream() for _ in range(min(STREAMS, len(todo)))))

    async def _persist(self, number: int) -> None:
        """Sends a part, trying again a few times; it is in the journal once the store has taken it."""
        start, end = self._spans[number - 1]
        for tried in range(TRIES):
            before = self._work.bytes
            try:
                etag = await self._work.in_thread(self._put, number)
            except UnreachableError as error:
                self._work.bytes = min(before, self._work.bytes)
                (self._work.pace.pushed_back if error.status in {429, 503} else self._work.pace.lost)()
                if tried + 1 == TRIES:
                    raise
                await self._work.note(f"part {number}: {error} Tried again.")
                await asyncio.sleep(random.random() * min(8.0, 0.25 * 2 ** (tried + 1)))  # noqa: S311 (jitter)
            else:
                await self._take(number, end - start, etag)
                return

    async def _take(self, number: int, size: int, etag: str) -> None:
        self._accepted[number] = (size, etag)
        await self._work.recorder.do(lambda journal: journal.add_part(self._work.row.id, number, size, etag))

    def _put(self, number: int) -> str:
        """In a thread: sends a part; its ETag."""
        start, end = self._spans[number - 1]
        work, path, passed = self._work, self._work.spec.place, 0

        def counted() -> Iterator[bytes]:
            nonlocal passed
            for chunk in chunks(path, start, end, lambda: work.control.piece):
                yield chunk
                passed += len(chunk)
                work.add(len(chunk))

        try:
            etag = put(work.pools, self.facts.addresses[number - 1], counted, end - start, control=work.control)
        except BaseException:
            work.add_checked(-passed)
            raise
        if etag.strip('"') != self.facts.parts[number - 1]:
            work.add_checked(-passed)
            check_same(path, self._looks)
            raise UnreachableError(f"part {number} arrived with other bytes than were sent", subject=work.spec.path)
        return etag

    # Completion

    async def _complete(self) -> None:
        self._work.phase = "completing"
        parts = [SentPart(number, *self._accepted[number]) for number in sorted(self._accepted)]
        try:
            completion = await self._calls.completion(self.facts.upload_id, parts)
        except NotFoundError as error:
            raise GoneError(error.what, subject=error.subject, status=404) from error
        try:
            answer = await self._work.in_thread(post, self._work.pools, completion.complete_url, completion.body, self._work.control)
        except GoneError:
            # The store may have been told before, by a try whose answer got lost: the archive says whether it was.
            await self._work.note("the store knows of no unfinished upload; the archive is asked whether it is whole")
        else:
            if "<Error>" in answer or self._digest not in answer:
                raise UnreachableError("the store did not put the parts together", subject=self._work.spec.path)
        await self._keep(sent=True)

    async def _validated(self) -> str:
        """The blob, once the archive has looked at it."""
        self._work.phase = "the archive checks it"
        try:
            return (await self._calls.validate(self.facts.upload_id)).blob_id
        except (ConflictError, NotFoundError):
            # The same content came by another upload meanwhile, or this one was validated before.
            if blob := await self._calls.blob(self._digest):
                return blob.blob_id
            raise GoneError("the archive does not know this upload any more", subject=self._work.spec.path, status=404) from None
        except RefusedError as error:
            await self._work.in_thread(check_same, self._work.spec.place, self._looks)
            if "does not exist" in error.said:
                raise GoneError(error.said, subject=self._work.spec.path, status=400) from error
            await self._forget()
            raise TransferError("the archive does not take what it got", subject=self._work.spec.path, remedy=f"It says: {error.said} Retry.") from error


def _anew(error: DandiTuiError, sent: int) -> str:
    """Why an upload is begun anew, and what that costs."""
    if not isinstance(error, ExpiredAddressError):
        return f"{error} The upload is begun anew; its digests are kept."
    again = f"{size_words(sent)} that it had taken are sent again" if sent else "nothing had been taken"
    return (
        f"{error} The signed addresses have expired, and the archive renews none of an upload that is under way: "
        f"it is begun anew, {again}; the file's digests are kept and not computed again."
    )
