"""NWB files of sample recordings, one function a modality."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from hdmf.backends.hdf5 import H5DataIO
from pynwb import NWBHDF5IO, NWBFile, TimeSeries
from pynwb.base import Images
from pynwb.behavior import BehavioralEvents, Position, SpatialSeries
from pynwb.ecephys import ElectricalSeries
from pynwb.file import Subject
from pynwb.icephys import CurrentClampSeries, CurrentClampStimulusSeries
from pynwb.image import GrayscaleImage
from pynwb.ophys import DfOverF, ImageSegmentation, OpticalChannel, RoiResponseSeries, TwoPhotonSeries

from dandi_tui.demo.sample_data import signals
from dandi_tui.demo.sample_data.metadata import SPECIES, Recording

if TYPE_CHECKING:
    from pathlib import Path

_LATIN = {name: words.partition(" - ")[0] for name, (_, words) in SPECIES.items()}


def write(recording: Recording, path: Path, seed: int, *, seconds: float = 20.0) -> None:
    """Writes the NWB file of a recording.

    Args:
        recording: Who, when and what; its modalities choose the content.
        path: The file to write.
        seed: The same seed gives the same data.
        seconds: How long the recording is.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with NWBHDF5IO(str(path), "w") as io:
            io.write(_filled(recording, np.random.default_rng(seed), seconds))


def _filled(recording: Recording, random: np.random.Generator, seconds: float) -> NWBFile:
    file = _file(recording)
    has_trials = {"ecephys", "behavior", "image"} & set(recording.modalities)
    trials = _add_trials(file, random, seconds) if has_trials else np.array([])
    for modality in recording.modalities:
        _CONTENT[modality](file, random, seconds, trials)
    return file


def _file(recording: Recording) -> NWBFile:
    file = NWBFile(
        session_description=recording.description or f"Session {recording.session} of {recording.subject}.",
        identifier=f"{recording.subject}-{recording.session}",
        session_start_time=recording.start,
        session_id=recording.session,
        experimenter=["Doe, Alice"],
        experiment_description="Recorded while the animal did its task, or rested.",
        lab="Example Lab",
        institution="Example University",
        keywords=["sample"],
    )
    file.subject = Subject(
        subject_id=recording.subject,
        species=_LATIN[recording.species],
        sex=recording.sex,
        age=recording.age,
        description="A subject of the sample data.",
    )
    return file


def _packed(data: Any, *, chunks: tuple[int, ...] | bool = True) -> H5DataIO:  # noqa: ANN401 (any array)
    return H5DataIO(data, compression="gzip", compression_opts=1, chunks=chunks)


def _add_trials(file: NWBFile, random: np.random.Generator, seconds: float) -> np.ndarray[Any, Any]:
    file.add_trial_column("cue_time", "When the cue was shown, in seconds.")
    file.add_trial_column("outcome", "hit, miss or correct rejection")
    starts = np.arange(0.5, seconds - 1.0, 1.0)
    for start in starts:
        outcome = str(random.choice(["hit", "miss", "correct rejection"]))
        file.add_trial(start_time=float(start), stop_time=float(start + 0.9), cue_time=float(start + 0.2), outcome=outcome)
    return starts + 0.2


def _add_ecephys(file: NWBFile, random: np.random.Generator, seconds: float, trials: np.ndarray[Any, Any]) -> None:
    channels, hertz = 16, 5000.0
    device = file.create_device(name="probe", description="A silicon probe of 16 sites.", manufacturer="Example Probes")
    group = file.create_electrode_group(name="shank0", description="The only shank.", location="VISp", device=device)
    for channel in range(channels):
        file.add_electrode(x=0.0, y=float(channel * 20), z=0.0, location="VISp" if channel < 8 else "CA1", group=group, filtering="300-3000 Hz")
    region = file.create_electrode_table_region(list(range(channels)), "all sites")
    traces = signals.extracellular(random, min(seconds, 20.0), hertz, channels)
    file.add_acquisition(
        ElectricalSeries(
            name="ElectricalSeries",
            description="Raw traces of all sites.",
            data=_packed(traces, chunks=(5000, 4)),
            electrodes=region,
            rate=hertz,
            starting_time=0.0,
            conversion=1e-7,
        )
    )
    file.add_unit_column("quality", "good or multi-unit")
    for unit in range(24):
        gain = 6.0 if unit % 3 == 0 else 0.0
        spikes = signals.responding_spikes(random, trials, seconds, rate=float(random.uniform(2, 15)), gain=gain)
        file.add_unit(spike_times=spikes, electrodes=[unit % channels], quality="good" if unit % 4 else "multi-unit")


def _add_behavior(file: NWBFile, random: np.random.Generator, seconds: float, trials: np.ndarray[Any, Any]) -> None:
    hertz = 50.0
    count = int(seconds * hertz)
    module = file.create_processing_module("behavior", "Position, speed and licks.")
    path = signals.walk(random, count, 1.0)
    place = SpatialSeries(
        name="position", description="Where the animal was.", data=_packed(path), rate=hertz,
        reference_frame="(0, 0) is the south-west corner", unit="meters",
    )  # fmt: skip
    module.add(Position(spatial_series=place))
    speed = np.r_[0, np.hypot(*np.diff(path, axis=0).T)] * hertz
    module.add(TimeSeries(name="speed", description="Running speed.", data=_packed(speed), rate=hertz, unit="m/s"))
    licks = np.sort(random.choice(trials, min(len(trials), 12), replace=False)) + random.uniform(0.3, 0.5)
    events = TimeSeries(name="licks", description="Licks at the spout.", data=np.ones(len(licks)), timestamps=licks, unit="n.a.")
    module.add(BehavioralEvents(time_series=events))


def _add_ophys(file: NWBFile, random: np.random.Generator, seconds: float, _trials: np.ndarray[Any, Any]) -> None:
    hertz, height, width, cells = 10.0, 64, 64, 20
    frames, masks, traces = signals.movie(random, int(seconds * hertz), height, width, cells)
    device = file.create_device(name="microscope", description="A two-photon microscope.", manufacturer="Example Optics")
    channel = OpticalChannel(name="green", description="GCaMP6s emission.", emission_lambda=520.0)
    plane = file.create_imaging_plane(
        name="plane", optical_channel=channel, description="Layer 2/3.", device=device, excitation_lambda=920.0,
        imaging_rate=hertz, indicator="GCaMP6s", location="VISp",
    )  # fmt: skip
    series = TwoPhotonSeries(
        name="TwoPhotonSeries", description="The movie as recorded.", data=_packed(frames, chunks=(20, height, width)),
        imaging_plane=plane, rate=hertz, unit="n.a.",
    )  # fmt: skip
    file.add_acquisition(series)
    module = file.create_processing_module("ophys", "Cells found in the movie.")
    segmentation = ImageSegmentation()
    module.add(segmentation)
    found = segmentation.create_plane_segmentation(name="PlaneSegmentation", description="Cells by hand.", imaging_plane=plane, reference_images=series)
    for mask in masks:
        found.add_roi(image_mask=mask)
    region = found.create_roi_table_region("all cells", region=list(range(cells)))
    response = RoiResponseSeries(name="RoiResponseSeries", description="dF/F of each cell.", data=_packed(traces), rois=region, rate=hertz, unit="n.a.")
    module.add(DfOverF(roi_response_series=response))


def _add_icephys(file: NWBFile, random: np.random.Generator, _seconds: float, _trials: np.ndarray[Any, Any]) -> None:
    hertz, count = 20000.0, 10000
    device = file.create_device(name="amplifier", description="A patch clamp amplifier.", manufacturer="Example Amplifiers")
    electrode = file.create_icephys_electrode(name="electrode0", description="A glass pipette.", device=device)
    time = np.arange(count) / hertz
    pulse = (time > 0.1) & (time < 0.4)
    for sweep in range(8):
        amplitude = -40e-12 + sweep * 20e-12
        drive = np.cumsum(pulse) / hertz
        spikes = np.exp(-np.mod(drive, 0.03) / 0.0015) * (pulse & (sweep > 3) & (drive > 0.01)) * 0.09
        voltage = -0.07 + pulse * amplitude * 2e8 + spikes + random.normal(0, 2e-4, count)
        names = {"electrode": electrode, "rate": hertz, "starting_time": sweep * 1.0, "sweep_number": np.uint32(sweep)}
        stimulus = CurrentClampStimulusSeries(
            name=f"stimulus_{sweep:02}", description="A current step.", data=_packed(pulse * amplitude), gain=1.0,
            unit="amperes", **names,
        )  # fmt: skip
        response = CurrentClampSeries(
            name=f"response_{sweep:02}",
            description="The membrane potential.",
            data=_packed(voltage),
            gain=1.0,
            unit="volts",
            **names,
        )
        file.add_intracellular_recording(electrode=electrode, stimulus=stimulus, response=response)


def _add_image(file: NWBFile, random: np.random.Generator, seconds: float, trials: np.ndarray[Any, Any]) -> None:
    pictures = [GrayscaleImage(name=f"scene_{number:02}", description="A texture.", data=signals.texture(random, 96, 128)) for number in range(6)]
    file.add_stimulus_template(Images(name="scenes", images=pictures, description="Pictures that were shown."))
    if file.units is None:
        for unit in range(12):
            spikes = signals.responding_spikes(random, trials, seconds, rate=4.0, gain=5.0 if unit % 2 else 0.0)
            file.add_unit(spike_times=spikes)


_CONTENT = {
    "ecephys": _add_ecephys,
    "behavior": _add_behavior,
    "ophys": _add_ophys,
    "icephys": _add_icephys,
    "image": _add_image,
}
