"""What a version holds, added up asset by asset: totals, folders, and the summary that stands in its metadata."""

from __future__ import annotations

from typing import Any

from dandi_tui.demo.store.facts import objects

_NWB = {"schemaKey": "StandardsType", "name": "Neurodata Without Borders (NWB)", "identifier": "RRID:SCR_015242"}
_NAMED = ("approach", "measurementTechnique")


class Tally:
    """The sum of the assets of one version."""

    def __init__(self) -> None:
        self.files = 0
        self.size = 0
        self.folders: dict[str, list[int]] = {}
        self._named: dict[str, dict[str, dict[str, Any]]] = {}
        self._subjects: set[str] = set()
        self._variables: dict[str, None] = {}

    def add(self, path: str, size: int, metadata: dict[str, Any]) -> None:
        """Adds an asset of `size` bytes."""
        self.files += 1
        self.size += size
        folder = path
        while folder := folder.rpartition("/")[0]:
            total = self.folders.setdefault(folder, [0, 0])
            total[0] += 1
            total[1] += size
        if metadata.get("encodingFormat") == "application/x-nwb":
            self._name("dataStandard", _NWB)
        for field in _NAMED:
            for one in objects(metadata.get(field)):
                self._name(field, one)
        for one in objects(metadata.get("variableMeasured")):
            if value := one.get("value"):
                self._variables[str(value)] = None
        for participant in objects(metadata.get("wasAttributedTo")):
            if identifier := participant.get("identifier"):
                self._subjects.add(str(identifier))
            for species in objects([participant.get("species")]):
                self._name("species", species)

    def _name(self, field: str, one: dict[str, Any]) -> None:
        self._named.setdefault(field, {})[str(one.get("name"))] = one

    def summary(self) -> dict[str, Any]:
        """The summary, without fields of which nothing is known."""
        found: dict[str, Any] = {field: list(ones.values()) for field, ones in self._named.items()}
        if self._variables:
            found["variableMeasured"] = list(self._variables)
        if self._subjects:
            found["numberOfSubjects"] = len(self._subjects)
        return {**found, "schemaKey": "AssetsSummary", "numberOfBytes": self.size, "numberOfFiles": self.files}
