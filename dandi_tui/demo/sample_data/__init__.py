"""The Dandisets that the embedded archive is filled with: made-up studies, with data worth looking at."""

from __future__ import annotations

import json
import zlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from dandi_tui.demo.content import Release, SampleDandiset, SampleFile
from dandi_tui.demo.sample_data.metadata import Recording, Study, asset_metadata, dandiset_metadata

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_DAY = timedelta(days=1)
_FIRST = datetime(2023, 4, 1, 9, 30, tzinfo=UTC)
_VARIABLES = {
    "ecephys": ("ElectricalSeries", "ElectrodeGroup", "Units"),
    "behavior": ("BehavioralEvents", "Position", "SpatialSeries"),
    "ophys": ("DfOverF", "ImagingPlane", "PlaneSegmentation", "RoiResponseSeries", "TwoPhotonSeries"),
    "icephys": ("CurrentClampSeries", "CurrentClampStimulusSeries"),
    "image": ("Units",),
}
_LONG = (
    "Each session holds the raw traces, the sorted units and the task, so that what is claimed in the paper can be "
    "recomputed from the files alone.\n\n**Methods in short.** Animals were trained for two weeks; recordings began when "
    "four of five trials were right. Trials with artefacts are marked, not left out."
)


def _study(name: str, words: str, species: str, *modalities: str, subjects: int, keywords: tuple[str, ...], **more: object) -> Study:
    variables = tuple(sorted({variable for modality in modalities for variable in _VARIABLES[modality]}))
    return Study(
        name=name, description=f"{words} {_LONG}", species=species, modalities=modalities, variables=variables,
        subjects=subjects, keywords=keywords, **more,  # type: ignore[arg-type]
    )  # fmt: skip


_STUDIES: dict[str, tuple[Study, int]] = {
    "000001": (
        _study(
            "Neuropixels-like recordings of mouse visual cortex during change detection",
            "Populations in VISp and CA1 while mice detect a change of scenes.",
            "mouse", "ecephys", "behavior", subjects=2, keywords=("neuropixels", "visual cortex", "change detection"),
            anatomy="primary visual cortex",
        ),
        2,
    ),
    "000002": (
        _study(
            "Patch clamp of human temporal cortex neurons", "Current steps into neurons of resected tissue.",
            "human", "icephys", subjects=2, keywords=("patch clamp", "human", "intrinsic properties"), license="spdx:CC0-1.0",
            people=("Müller, Séverine", "Doe, Alice"),
        ),
        1,
    ),
    "000003": (
        _study(
            "Two-photon calcium imaging of layer 2/3 in behaving mice", "Movies of GCaMP6s, cells and their traces.",
            "mouse", "ophys", subjects=2, keywords=("calcium imaging", "two-photon", "視覚野"),
        ),
        2,
    ),
    "000004": (
        _study(
            "Open field foraging of rats", "Position, speed and licks of rats that look for food.",
            "rat", "behavior", subjects=3, keywords=("navigation", "open field"), people=("Roe, Bob", "Doe, Alice"),
        ),
        2,
    ),
    "000005": (
        _study(
            "Single units in human medial temporal lobe during scene recognition", "Units that answer to scenes.",
            "human", "image", subjects=2, keywords=("declarative memory", "single units", "scenes"),
        ),
        1,
    ),
}  # fmt: skip


def _recordings(identifier: str, study: Study, sessions: int) -> Iterator[Recording]:
    letter = study.species[0].upper()
    for subject in range(1, study.subjects + 1):
        for session in range(1, sessions + 1):
            start = _FIRST + _DAY * (int(identifier) * 100 + subject * 10 + session)
            yield Recording(
                subject=f"{letter}{int(identifier)}{subject:02}",
                session=start.strftime("%Y%m%d"),
                start=start,
                species=study.species,
                sex="MF"[subject % 2],
                age="P40Y" if study.species == "human" else f"P{80 + subject}D",
                description=f"Session {session} of {sessions}.",
                modalities=study.modalities,
                variables=study.variables,
            )


def _nwb_files(folder: Path, recordings: Iterable[Recording]) -> Iterator[SampleFile]:
    from dandi_tui.demo.sample_data.recordings import write

    for recording in recordings:
        path = folder / recording.path.replace("/", "__")
        seconds = 60.0 if recording.modalities == ("behavior",) else 20.0
        write(recording, path, seed=sum(recording.path.encode()), seconds=seconds)
        yield SampleFile(path=recording.path, source=path, metadata=asset_metadata(recording, seconds=seconds))


def _text_file(folder: Path, path: str, words: str, kind: str) -> SampleFile:
    source = folder / path.replace("/", "__")
    source.write_text(words, encoding="utf-8")
    return SampleFile(path=path, source=source, metadata={"encodingFormat": kind})


def sample_dandisets(folder: Path) -> Iterator[SampleDandiset]:
    """The sample Dandisets, their files made in `folder` as they are asked for."""
    for number, (identifier, (study, sessions)) in enumerate(_STUDIES.items()):
        files = list(_nwb_files(folder, _recordings(identifier, study, sessions)))
        yield SampleDandiset(
            identifier=identifier,
            metadata=dandiset_metadata(study),
            files=files,
            owners=("demo",) if number % 2 == 0 else ("alice",),
            created=_FIRST + _DAY * number * 90,
            modified=_FIRST + _DAY * (number * 90 + 300),
            releases=_releases(identifier, files),
            starred_by=("demo", "alice") if number == 0 else ("alice",) if number == 2 else (),
        )
    yield _empty_draft()
    yield _embargoed(folder)
    yield _invalid(folder)
    yield _microscopy(folder)


def _releases(identifier: str, files: list[SampleFile]) -> tuple[Release, ...]:
    if identifier == "000001":
        first = Release(version="0.240115.1030", notes="First release.", paths=frozenset(file.path for file in files[:-1]))
        return (first, Release(version="0.240301.0915", notes="Adds the last session of the second mouse."))
    return (Release(version="0.240620.1400", notes=""),) if identifier in {"000003", "000005"} else ()


def _plain(identifier: str, study: Study, files: Iterable[SampleFile], day: int, **more: object) -> SampleDandiset:
    return SampleDandiset(
        identifier=identifier, metadata=dandiset_metadata(study), files=files,
        created=_FIRST + _DAY * day, modified=_FIRST + _DAY * (day + 30), **more,  # type: ignore[arg-type]
    )  # fmt: skip


def _empty_draft() -> SampleDandiset:
    study = _study("Sleep spindles in adolescent mice", "Registered; the files are still to come.", "mouse", subjects=0, keywords=("sleep",))
    return _plain("000006", study, (), 700)


def _embargoed(folder: Path) -> SampleDandiset:
    study = _study(
        "Thalamic bursts before the paper is out", "Embargoed until the paper is printed.", "mouse", "ecephys",
        subjects=1, keywords=("thalamus", "embargoed"),
    )  # fmt: skip
    files = list(_nwb_files(folder, _recordings("000007", study, 1)))
    return _plain("000007", study, files, 720, embargoed=True)


def _invalid(folder: Path) -> SampleDandiset:
    study = _study(
        "Pilot recordings with unfinished metadata", "Some files lack what the archive asks for.", "mouse", "behavior",
        subjects=1, keywords=("pilot",),
    )  # fmt: skip
    good = list(_nwb_files(folder, _recordings("000008", study, 1)))
    missing = (("wasAttributedTo.0", "'identifier' is a required property"),)
    bad = _text_file(folder, "sub-P1/sub-P1_unfinished.nwb", "not yet an NWB file\n", "application/x-nwb")
    bad = msgspec.structs.replace(bad, errors=missing, metadata={**bad.metadata, "wasAttributedTo": [{"schemaKey": "Participant"}]})
    names = ("README.md", "notes (draft) [2], really & truly.txt", "docs/.hidden", "docs/" + "a-rather-long-name-" * 11 + ".txt")
    texts = [_text_file(folder, name, f"# {name}\n", "text/plain") for name in names]
    described = _text_file(folder, "dataset_description.json", json.dumps({"Name": study.name}, indent=1), "application/json")
    return _plain("000008", study, [*good, bad, described, *texts], 740)


def _microscopy(folder: Path) -> SampleDandiset:
    study = _study(
        "Light-sheet microscopy of a cleared mouse brain", "A small volume as OME-Zarr.", "mouse", "ophys",
        subjects=1, keywords=("light sheet", "OME-Zarr"),
    )  # fmt: skip
    store = folder / "brain.ome.zarr"
    _write_zarr(store)
    file = SampleFile(path="sub-L1/sub-L1_sample-A.ome.zarr", source=store, is_zarr=True, metadata={"encodingFormat": "application/x-zarr"})
    return _plain("000009", study, [file], 760)


def _write_zarr(root: Path) -> None:
    """Writes an OME-Zarr volume (Zarr 2) of 16 × 64 × 64 voxels in 8 compressed chunks."""
    import numpy as np

    from dandi_tui.demo.sample_data.signals import texture

    random = np.random.default_rng(7)
    volume = np.stack([texture(random, 64, 64) for _ in range(16)])
    array = {
        "zarr_format": 2, "shape": [16, 64, 64], "chunks": [8, 32, 32], "dtype": "|u1", "fill_value": 0, "order": "C",
        "filters": None, "compressor": {"id": "zlib", "level": 1}, "dimension_separator": "/",
    }  # fmt: skip
    axes = [{"name": name, "type": "space", "unit": "micrometer"} for name in "zyx"]
    scales = [{"path": "0", "coordinateTransformations": [{"type": "scale", "scale": [1.0, 0.5, 0.5]}]}]
    attributes = {"multiscales": [{"version": "0.4", "axes": axes, "datasets": scales}]}
    (root / "0").mkdir(parents=True)
    for name, document in ((".zgroup", {"zarr_format": 2}), (".zattrs", attributes), ("0/.zarray", array)):
        (root / name).write_text(json.dumps(document), encoding="ascii")
    for z, y, x in np.ndindex(2, 2, 2):
        chunk = volume[z * 8 : z * 8 + 8, y * 32 : y * 32 + 32, x * 32 : x * 32 + 32]
        place = root / "0" / str(z) / str(y)
        place.mkdir(parents=True, exist_ok=True)
        (place / str(x)).write_bytes(zlib.compress(chunk.tobytes(), 1))


def many_assets(count: int) -> SampleDandiset:
    """A Dandiset of `count` assets that have sizes, but no bytes."""
    study = _study(
        f"A large Dandiset of {count:,} assets", "Made to try long lists: the files have sizes, but no bytes.", "mouse",
        "ecephys", subjects=max(1, count // 100), keywords=("large",),
    )  # fmt: skip
    return _plain("000100", study, _many_files(count), 800)


def _many_files(count: int) -> Iterator[SampleFile]:
    kinds = ("ecephys", "behavior+ecephys", "image", "ophys")
    for number in range(count):
        subject, session = number // 100, number % 100
        name = f"sub-{subject:04}_ses-{session:03}_{kinds[number % 4]}.nwb"
        size = 1_000_000 + (number * 7_919_993) % 4_000_000_000
        yield SampleFile(path=f"sub-{subject:04}/{name}", size=size, metadata={"encodingFormat": "application/x-nwb"})
