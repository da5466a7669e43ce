"""What is marked in the whole archive: Dandisets as a whole, and files and folders of their versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dandi_tui.api.targets import Target
from dandi_tui.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterable


class Marks:
    """The marks, kept while one goes from place to place; actions take them all.

    `dandisets` are the Dandisets that are marked as a whole.
    """

    def __init__(self) -> None:
        self.dandisets: set[str] = set()
        self._paths: dict[tuple[str, str], set[str]] = {}

    def __len__(self) -> int:
        """How many marks there are; one on a folder counts once."""
        return len(self.dandisets) + sum(map(len, self._paths.values()))

    def within(self, dandiset_id: str, version: str) -> set[str]:
        """The paths that are marked in a version."""
        return set(self._paths.get((dandiset_id, version), ()))

    def put(self, dandiset_id: str, version: str, paths: Iterable[str]) -> None:
        """Takes the marks of a version in place of those that it had."""
        kept = set(paths)
        if kept:
            self._paths[dandiset_id, version] = kept
        else:
            self._paths.pop((dandiset_id, version), None)

    def is_part_marked(self, dandiset_id: str) -> bool:
        """Whether something within a Dandiset is marked."""
        return any(marked == dandiset_id for marked, _ in self._paths)

    def clear(self) -> None:
        """Takes all marks away."""
        self.dandisets.clear()
        self._paths.clear()

    def having(self, targets: Iterable[Target]) -> list[Target]:
        """Those of the things that are marked."""
        return [
            target
            for target in targets
            if (
                target.dandiset_id in self.dandisets
                if target.kind == "dandiset"
                else target.path in self._paths.get((target.dandiset_id or "", target.version or "draft"), ())
            )
        ]

    def drop(self, targets: Iterable[Target]) -> None:
        """Takes the marks of these things away, and leaves those that were made since."""
        for target in targets:
            identifier = target.dandiset_id or ""
            if target.kind == "dandiset":
                self.dandisets.discard(identifier)
            else:
                self.put(identifier, target.version or "draft", self.within(identifier, target.version or "draft") - {target.path or ""})

    def targets(self, api_url: str) -> list[Target]:
        """The marked things, in order."""
        whole = [Target("dandiset", None, api_url, name) for name in sorted(self.dandisets)]
        return whole + [
            Target("asset", None, api_url, dandiset_id, version, path)
            for (dandiset_id, version), paths in sorted(self._paths.items())
            for path in sorted(paths)
        ]

    def words(self) -> str:
        """What is marked: `3 marks in 000001, 1 Dandiset`."""
        parts = [f"{plural(len(paths), 'mark')} in {dandiset_id}" for (dandiset_id, _), paths in sorted(self._paths.items())]
        return ", ".join(parts + ([plural(len(self.dandisets), "Dandiset")] if self.dandisets else []))
