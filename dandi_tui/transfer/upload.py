"""Uploading one file, by the archive's protocol: digest, begin, parts, completion, validation, asset. Each step is in the journal.

What the archive has already accepted is not sent again, after whatever ended the former try.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec

from dandi_tui.api.uploads import ETAG
from dandi_tui.errors import ConflictError, DandiTuiError, ExistsError, InvalidFileError
from dandi_tui.transfer.digest import etag_of
from dandi_tui.transfer.existing import after_hashing, before_hashing
from dandi_tui.transfer.local_file import Looks, check_same, looked_at, md5s_of
from dandi_tui.transfer.model import CREATING
from dandi_tui.transfer.sending import Sending, UploadFacts
from dandi_tui.transfer.work import settled, together

if TYPE_CHECKING:
    from dandi_tui.api.models import Asset
    from dandi_tui.dataset.findings import Finding
    from dandi_tui.transfer.work import Work

_FEW = 12
VALIDATING = "validating"


async def upload(work: Work) -> str:
    """Uploads one file or Zarr.

    Returns:
        Why it was skipped; empty when it was uploaded.

    Raises:
        ArchiveError: The archive or its store failed, or refuses the file.
        ExistsError: An asset is there, and the job does not replace assets.
        InvalidFileError: The file is not valid, and the job asks for valid files.
        TransferError: The file changed, is empty, or can't be read.
    """
    if work.spec.zarr:
        from dandi_tui.transfer.zarr_upload import upload_zarr

        return await upload_zarr(work)
    return await _Upload(work, _known(work.row.facts)).run()


def _known(facts: bytes) -> UploadFacts:
    """What is known from a former try."""
    try:
        return msgspec.msgpack.decode(facts, type=UploadFacts)
    except msgspec.DecodeError:
        return UploadFacts()


class _Upload:
    def __init__(self, work: Work, facts: UploadFacts) -> None:
        self.work, self.facts = work, facts
        self.path, self.job, self.calls = work.spec.place, work.job, work.client.uploads
        self.valid = False

    async def run(self) -> str:
        await self.work.readers.expect(self.path, checking=self.job.validation != "skip")
        looks = await looked_at(self.path)
        self.work.total = looks.size
        if self.facts.looks != looks:
            # Another content than that of the former try: nothing of it counts.
            self.facts, self.work.kept = UploadFacts(looks=looks), 0
            await self.work.recorder.do(lambda journal: journal.drop_parts(self.work.row.id))
        asset = await asset_at(self.work)
        if asset is not None and self.facts.blob_id and self.work.row.phase == CREATING and asset.blob == self.facts.blob_id:
            return ""
        if not (decision := before_hashing(self.work.existing, asset)).send:
            return decision.reason
        # A file is checked while it is hashed, since each may take minutes; nothing is sent before both are done.
        await together(self._check(), self._hash(looks))
        self.work.phase, self.work.bytes = "", 0
        digest = etag_of(self.facts.parts)
        full = await self.work.client.asset(asset.asset_id) if asset else None
        if not (decision := after_hashing(self.work.existing, full, digest, looks.mtime_ns / 1e9)).send:
            return decision.reason
        # Metadata are read while the bytes are sent.
        describing = asyncio.ensure_future(described(self.work, {ETAG: digest}, looks.size))
        try:
            if not self.facts.blob_id:
                self.facts = await Sending(self.work, self.facts, digest).run()
            self.work.bytes = looks.size
            metadata = await describing
        except (DandiTuiError, OSError):
            # A file that was removed or changed is the reason, whatever came of it.
            await self.work.in_thread(check_same, self.path, looks)
            raise
        finally:
            describing.cancel()
        await self.work.in_thread(check_same, self.path, looks)
        await self.work.save(phase=CREATING)
        await settled(put_asset(self.work, asset, metadata, blob=self.facts.blob_id))
        return ""

    async def _check(self) -> None:
        await check_valid(self.work)
        self.valid = True

    async def _hash(self, looks: Looks) -> None:
        if not self.facts.parts:
            async with self.work.readers.hashing:
                parts = await md5s_of(self.work, self.path, looks.size)
            # What was hashed must not show as sent.
            self.work.bytes = 0
            await self.work.in_thread(check_same, self.path, looks)
            self.facts = msgspec.structs.replace(self.facts, parts=parts)
            await self.work.save(facts=msgspec.msgpack.encode(self.facts), phase="")
        self.work.phase, self.work.bytes = "" if self.valid else VALIDATING, 0


# What files and Zarrs share


async def asset_at(work: Work) -> Asset | None:
    """The asset of the draft at the file's path. For many files the draft is listed once."""
    if work.shared.get("count", 0) <= _FEW or "listing failed" in work.shared:
        async for asset in work.client.assets(work.job.dandiset, "draft", path=work.spec.path):
            if asset.path == work.spec.path:
                return asset
        return None
    lock: asyncio.Lock = work.shared.setdefault("listing", asyncio.Lock())
    async with lock:
        if "assets" not in work.shared:
            work.phase = "listing the draft"
            work.shared["assets"] = {asset.path: asset async for asset in work.client.assets(work.job.dandiset, "draft")}
    found: Asset | None = work.shared["assets"].get(work.spec.path)
    return found


async def check_valid(work: Work) -> None:
    """Checks a file where the job asks for it; what is found goes to the file's log.

    Raises:
        InvalidFileError: It has errors, and the job takes only valid files.
    """
    if work.job.validation == "skip" or work.row.phase == CREATING:
        return
    work.phase = VALIDATING
    findings = await work.readers.findings(work.spec.place, work.spec.path)
    for finding in findings[:20]:
        await work.note(_finding_words(finding))
    bad = [finding for finding in findings if finding.blocks]
    if bad and work.job.validation == "require":
        more = f", and {len(bad) - 1} more" if len(bad) > 1 else ""
        raise InvalidFileError(f"not valid: {_finding_words(bad[0])}{more}", remedy=bad[0].hint or "`dandi-tui validate` tells all; mend it and retry.")


def _finding_words(finding: Finding) -> str:
    where = f" at {finding.location}" if finding.location else ""
    return f"{finding.severity.name.lower()}{where}: {finding.message}"


async def described(work: Work, digest: dict[str, str], size: int) -> dict[str, Any]:
    """The metadata to be sent: read from the file, and over it what the job says of this file."""
    made = await work.readers.describe(work.spec.place, work.spec.path, digest, size, await _schema_version(work))
    for finding in made.findings[:20]:
        await work.note(_finding_words(finding))
    metadata = merged(made.metadata, work.spec.metadata or {})
    metadata["path"] = work.spec.path
    return metadata


async def _schema_version(work: Work) -> str:
    """The version of the metadata schema that the archive has, asked once a job."""
    if "schema version" not in work.shared:
        work.shared["schema version"] = (await work.client.info()).schema_version
    return str(work.shared["schema version"])


def merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """A record with fields of another over it; records within are merged, lists and values replaced."""
    result = dict(below)
    for name, value in above.items():
        former = result.get(name)
        result[name] = merged(former, value) if isinstance(former, dict) and isinstance(value, dict) else value
    return result


async def put_asset(work: Work, asset: Asset | None, metadata: dict[str, Any], *, blob: str = "", zarr: str = "") -> None:
    """Adds the asset, or replaces the one that is there; looks whether it was done where an answer got lost."""
    calls, dandiset = work.client.uploads, work.job.dandiset
    try:
        if asset is None:
            made = await calls.add_asset(dandiset, metadata, blob=blob, zarr=zarr)
        else:
            made = await calls.replace_asset(dandiset, asset.asset_id, metadata, blob=blob, zarr=zarr)
    except ConflictError as error:
        found = await _now_at(work)
        if found is None or (blob and found.blob != blob) or (zarr and found.zarr != zarr):
            if work.existing in {"error", "skip"} or found is None:
                raise ExistsError(error.what, subject=work.spec.path, said=error.said) from error
            made = await calls.replace_asset(dandiset, found.asset_id, metadata, blob=blob, zarr=zarr)
        else:
            made = found
    if "assets" in work.shared:
        work.shared["assets"][work.spec.path] = made


async def _now_at(work: Work) -> Asset | None:
    async for asset in work.client.assets(work.job.dandiset, "draft", path=work.spec.path):
        if asset.path == work.spec.path:
            return asset
    return None
