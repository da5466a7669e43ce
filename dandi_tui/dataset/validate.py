"""Validation of files and whole Dandisets: every layer, over processes, results as they come.

    with Cache() as cache:
        for checked in validate(["/data/000123"], cache=cache):
            checked.path, checked.findings

What a file's content says is found in worker processes and remembered; what its name and place say is looked at here.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from dandi_tui.dataset.asset_files import find_assets, find_dandiset
from dandi_tui.dataset.findings import Finding, Layer, Severity
from dandi_tui.dataset.metadata import unreadable
from dandi_tui.dataset.pool import Outcome
from dandi_tui.dataset.validate_bids import DESCRIPTION, dataset_findings, find_bids_root, name_findings, sidecar_findings
from dandi_tui.dataset.validate_dandiset import NAME, dandiset_findings
from dandi_tui.dataset.validate_file import CONTENT_LAYERS, FileReport
from dandi_tui.dataset.validate_layout import finding, organized_findings, path_findings, subject_finding
from dandi_tui.dataset.validate_stages import check_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Executor

    from dandi_tui.dataset.cache import Cache
    from dandi_tui.dataset.pool import Workers


ALL_LAYERS = (Layer.ARCHIVE, *CONTENT_LAYERS)


class Checked(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A file that was checked.

    Attributes:
        path: As given, or below a folder as given.
        findings: What is wrong, the gravest first.
        is_asset: Whether it is a file that would be uploaded, rather than a dandiset.yaml or a Dandiset as a whole.
        cached: Whether its content was known from before.
    """

    path: str
    findings: list[Finding]
    is_asset: bool = True
    cached: bool = False


def validate(
    paths: Iterable[str | Path], *, layers: Sequence[str] = ALL_LAYERS, jobs: int | None = None, executor: Executor | None = None,
    judges: Workers | None = None, cache: Cache | None = None,
) -> Iterator[Checked]:  # fmt: skip
    """Checks files, Zarr stores, and all of these below folders; yields each when it is done.

    Args:
        paths: Files and folders.
        layers: `archive`, `metadata`, `schema`, `practice`: which to look at.
        jobs: Processes of this machine; None: as many as there are processors.
        executor: Does the work instead of processes of this machine.
        judges: Processes that were warmed before for the NWB schema and best practices (`validate_stages.JUDGE`); they stay open.
        cache: Where results are remembered; None: nowhere.

    Raises:
        FileNotFoundError: A path is not there.
    """
    paths, checker = tuple(paths), _Checker(layers)
    content = [layer for layer in CONTENT_LAYERS if layer in layers]
    yield from checker.wholes(paths)
    assets = _listed(path for given in paths for path in find_assets(Path(given)))
    if content:
        outcomes = check_files(assets, content, jobs=jobs, executor=executor, judges=judges, cache=cache)
        with closing(outcomes):
            yield from map(checker.checked, outcomes)
    else:
        for number, path in enumerate(assets):
            yield checker.checked(Outcome(number=number, path=path, result=FileReport()))
    yield from checker.across()


def _listed(paths: Iterable[Path]) -> Iterator[str]:
    """Paths, each once."""
    seen: set[str] = set()
    for path in paths:
        name = os.path.abspath(path)
        if name not in seen:
            seen.add(name)
            yield str(path)


class _Checker:
    """What is known of the Dandisets that the files are in, and what of the files is looked at together."""

    def __init__(self, layers: Sequence[str]) -> None:
        self._layers = frozenset(layers)
        self._places: dict[Path, tuple[Path | None, Path | None]] = {}
        self._identifiers: dict[str, list[str]] = defaultdict(list)
        self._lower: dict[tuple[Path, str], str] = {}
        self._bids: set[Path] = set()

    def wholes(self, paths: Iterable[str | Path]) -> Iterator[Checked]:
        """The Dandisets that the paths are in, each once."""
        roots: dict[Path | None, str] = {}
        for given in paths:
            root = find_dandiset(Path(given))
            roots.setdefault(root, str(given) if root is None else _shown(root / NAME, Path(given)))
        for root, shown in roots.items() if Layer.ARCHIVE in self._layers else ():
            if root is None:
                found = [finding(shown, "DANDI.NO_DANDISET_FOUND", "There is no dandiset.yaml in this folder, nor in any above")]
            else:
                found = dandiset_findings(root / NAME, shown)
            yield Checked(path=shown, findings=found, is_asset=False)

    def checked(self, outcome: Outcome[FileReport]) -> Checked:
        """A file, with what its name and place say added to what its content says."""
        report = outcome.result
        found = list(self._by_place(outcome.path, report)) if Layer.ARCHIVE in self._layers else []
        if report is not None:
            found += [_shared(one, outcome.path) for one in report.findings]
            if report.identifier:
                self._identifiers[report.identifier].append(outcome.path)
        elif not _is_broken_link(outcome.path):
            found.append(unreadable(outcome.path, outcome.problem.removeprefix("FileError: ")))
        return Checked(path=outcome.path, findings=sorted(found, key=lambda one: -one.severity), cached=outcome.cached)

    def _by_place(self, path: str, report: FileReport | None) -> Iterator[Finding]:
        source = Path(os.path.abspath(path))
        if _is_broken_link(path):
            yield finding(path, "DANDI.FILE_CONTENT_MISSING", f"It is a link to {os.readlink(path)}, which is not there")
        elif source.is_file() and not source.stat().st_size:
            yield finding(path, "DANDI.EMPTY_FILE", "The file is empty")
        root, bids = self._place_of(source.parent)
        if bids is not None:
            yield from self._of_bids(path, source, bids)
        if root is None:
            return
        asset_path = source.relative_to(root).as_posix()
        yield from path_findings(path, asset_path)
        if bids is None:
            yield from organized_findings(path, asset_path)
        yield from subject_finding(path, asset_path, report.subject_id if report else "")
        first = self._lower.setdefault((root, asset_path.lower()), asset_path)
        if first != asset_path:
            yield finding(path, "DANDI.NAMES_DIFFER_BY_CASE", f"It differs from {first} by case alone", Severity.WARNING)

    def _place_of(self, folder: Path) -> tuple[Path | None, Path | None]:
        if folder not in self._places:
            root = find_dandiset(folder)
            self._places[folder] = (root, find_bids_root(folder, root))
        return self._places[folder]

    def _of_bids(self, path: str, source: Path, bids: Path) -> Iterator[Finding]:
        if bids not in self._bids:
            self._bids.add(bids)
            yield from dataset_findings(bids, _shown(bids / DESCRIPTION, Path(path)))
        place = source.relative_to(bids).as_posix()
        named = name_findings(path, place)
        yield from named
        if not any(one.id.startswith("BIDS.name") for one in named):
            yield from sidecar_findings(path, place, bids)

    def across(self) -> Iterator[Checked]:
        """What only all files together show: identifiers that are used twice."""
        for identifier, paths in self._identifiers.items():
            for path in paths if len(paths) > 1 and Layer.PRACTICE in self._layers else ():
                others = [one for one in paths if one != path]
                words = f"Its identifier {identifier[:100]!r} is also that of {others[0] if others else path}"
                more = f" and of {len(others) - 1} more" if len(others) > 1 else ""
                kind = "NWBI.check_unique_identifiers"
                yield Checked(path=path, findings=[finding(path, kind, words + more, Severity.WARNING, "/identifier", Layer.PRACTICE)], is_asset=False)


def _shared(one: Finding, path: str) -> Finding:
    """A finding with the path as given; its words are kept once for the many files that have the same."""
    words = {name: sys.intern(getattr(one, name)) for name in ("id", "message", "hint", "location", "field")}
    return msgspec.structs.replace(one, path=path, **words)


def _is_broken_link(path: str) -> bool:
    return os.path.islink(path) and not os.path.exists(path)


def _shown(path: Path, given: Path) -> str:
    """A path of the Dandiset as the person would write it: relative where the given one is."""
    return str(path) if given.is_absolute() else os.path.relpath(path)
