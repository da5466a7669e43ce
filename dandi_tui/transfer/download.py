"""Downloading one file: its bytes apart from its place, verified, and only then under its name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from dandi_tui.addresses import leads_inside
from dandi_tui.errors import DigestMismatchError, ExistsError, TransferError
from dandi_tui.transfer.bringing import Bringing
from dandi_tui.transfer.model import NAMING, REBUILT
from dandi_tui.transfer.partial import Content, Partial, give_name
from dandi_tui.transfer.paths import check_parents, local_path
from dandi_tui.transfer.standing import drop_partial, holds, was_named
from dandi_tui.transfer.work import settled

if TYPE_CHECKING:
    from dandi_tui.api.instances import Instance
    from dandi_tui.transfer.work import Work


SAME = "the same stands there already"


async def download(work: Work) -> str:
    """Brings one file of a download.

    Returns:
        Why it was skipped; empty when it was brought.

    Raises:
        UnsafePathError: Its path would leave the folder.
        DigestMismatchError: Other bytes came than the archive promised; they were removed.
        ExistsError: Another file came to its place meanwhile.
        ArchiveError: The archive or its store failed.
        OSError: The disk did.
    """
    root, relative = Path(work.job.root), local_path(work.spec.place)
    check_parents(root, relative)
    place = root / relative
    if work.spec.document is not None:
        return await work.in_thread(_write, work, work.spec.document, place)
    if work.spec.zarr:
        from dandi_tui.transfer.zarr_download import download_zarr

        return await download_zarr(work, place)
    return await _blob(work, place)


async def _blob(work: Work, place: Path) -> str:
    may_be_there = work.row.phase == NAMING or work.row.facts == REBUILT or work.contended
    if may_be_there and await work.in_thread(was_named, place, work.spec.size, work.spec.modified):
        await work.in_thread(_tidy, place)
        work.bytes = work.total
        return ""
    content, direct = await _content(work)
    work.total = content.size
    if await work.in_thread(os.path.lexists, place) and not work.spec.replace:
        return await _in_the_way(work, place, content)
    partial = Partial(place, content)
    work.phase = "checking"
    try:
        await work.in_thread(partial.open, work.add_checked, lambda: work.control.stopped)
        work.kept = work.kept if partial.resumed else 0
        work.phase = ""
        try:
            await Bringing(work, partial, lambda: work.client.download_address(work.spec.asset_id), direct).run()
        except DigestMismatchError:
            await work.in_thread(partial.discard)
            raise
        except Exception:
            if not work.bytes:
                await work.in_thread(partial.discard)
            raise
        await work.save(phase=NAMING)
        # A folder may have become a link elsewhere since.
        check_parents(Path(work.job.root), local_path(work.spec.place))
        await settled(work.in_thread(lambda: _finish(work, partial)))
    except ExistsError:
        return await _in_the_way(work, place, content)
    finally:
        partial.close()
    return ""


def _finish(work: Work, partial: Partial) -> None:
    if work.spec.replace and partial.place.is_dir():
        raise _folder_there(partial.place)
    partial.finish(modified=work.spec.modified, replace=work.spec.replace)


def _folder_there(place: Path) -> TransferError:
    return TransferError("a folder is in the file's way; it is left as it is", subject=str(place), remedy="Move it away, then retry.")


async def _in_the_way(work: Work, place: Path, content: Content) -> str:
    """Looks at what came to the place meanwhile: the same content is as good, anything else is left as it is.

    Raises:
        ExistsError: It is another file.
        TransferError: It is a folder.
    """
    work.phase = "checking"
    if await work.in_thread(place.is_dir):
        raise _folder_there(place)
    if not await work.in_thread(holds, place, content, lambda: work.control.stopped):
        raise ExistsError("a file came there meanwhile; it is left as it is", subject=str(place))
    await work.in_thread(drop_partial, place)
    return SAME


async def _content(work: Work) -> tuple[Content, str]:
    """What the bytes must be, as the archive says now; and where they are, if everybody may read them there."""
    if work.spec.digest:
        return Content(work.spec.size, work.spec.digest), ""
    asset = await work.client.asset(work.spec.asset_id)
    digests: dict[str, Any] = (asset.metadata or {}).get("digest") or {}
    etag, sha256 = (str(digests.get(name) or "") for name in ("dandi:dandi-etag", "dandi:sha2-256"))
    content = Content(asset.size, sha256, "sha256") if sha256 and not etag else Content(asset.size, etag)
    return content, direct_address(asset.metadata or {}, work.job.instance)


def direct_address(metadata: dict[str, Any], instance: Instance) -> str:
    """Where the store has an asset, unsigned; empty where it can't be told, or not everybody may read it.

    It spares the archive a request for each file. Where the store refuses it, the archive is asked for a signed address.
    """
    access = metadata.get("access")
    is_open = isinstance(access, list) and all(isinstance(one, dict) and one.get("status") == "dandi:OpenAccess" for one in access)
    urls = metadata.get("contentUrl")
    if not is_open or not isinstance(urls, list):
        return ""
    others = [url for url in urls if isinstance(url, str) and not url.endswith("/download/")]
    scheme = urlsplit(instance.api_url).scheme
    return next((url for url in others if url.startswith(("https://", f"{scheme}://")) and not leads_inside(url, instance.api_url)), "")


def _tidy(place: Path) -> None:
    """Takes away what a process that was killed while it named the file left beside it."""
    for end in (".part", ".part.json"):
        place.with_name(f".{place.name}{end}").unlink(missing_ok=True)


def _write(work: Work, text: str, place: Path) -> str:
    """Writes a document whole, under its final name only when complete; why it was skipped, or an empty text."""
    data = text.encode()
    if not work.spec.replace and place.is_file() and place.read_bytes() == data:
        return SAME
    beside = place.with_name(f".{place.name}.part")
    place.parent.mkdir(parents=True, exist_ok=True)
    beside.unlink(missing_ok=True)
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.utime(beside, (work.spec.modified, work.spec.modified))
    if work.spec.replace or (work.row.phase == NAMING and was_named(place, len(data), work.spec.modified)):
        beside.replace(place)
    else:
        give_name(beside, place)
    work.bytes = work.total = len(data)
    return ""
