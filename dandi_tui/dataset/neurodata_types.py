"""What neurodata types say of an experiment: techniques and approaches, and which of them are series and tables."""

from __future__ import annotations

_EPHYS = "electrophysiological approach"
_IMAGING = "microscopy approach; cell population imaging"
_BEHAVIOR = "behavioral approach"
_OGEN = "optogenetic approach"
_SORTING = "spike sorting technique"
_SURGERY = "surgical technique"
_FOURIER = "fourier analysis technique"

# Type → (technique, approach), as the client has it; the misspelt name is the client's, and so matches no type.
MEASURED: dict[str, tuple[str, str]] = {
    "ElectricalSeries": ("multi electrode extracellular electrophysiology recording technique", _EPHYS),
    "SpikeEventSeries": (_SORTING, _EPHYS),
    "FeatureExtraction": (_SORTING, _EPHYS),
    "LFP": ("signal filtering technique", _EPHYS),
    "EventWaveform": (_SORTING, _EPHYS),
    "EventDetection": (_SORTING, _EPHYS),
    "ElectrodeGroup": (_SURGERY, _EPHYS),
    "PatchClampSeries": ("patch clamp technique", _EPHYS),
    "CurrentClampSeries": ("current clamp technique", _EPHYS),
    "CurrentClampStimulusSeries": ("current clamp technique", _EPHYS),
    "VoltageClampSeries": ("voltage clamp technique", _EPHYS),
    "VoltageClampStimulusSeries": ("voltage clamp technique", _EPHYS),
    "TwoPhotonSeries": ("two-photon microscopy technique", _IMAGING),
    "OnePhotonSeries": ("one-photon microscopy technique", _IMAGING),
    "OpticalChannel": (_SURGERY, _IMAGING),
    "ImagingPlane": ("", _IMAGING),
    "PlaneSegmentation": ("", _IMAGING),
    **dict.fromkeys(
        (
            "Position", "SpatialSeries", "BehavioralEpochs", "BehavioralEvents", "BehavioralTimeSeries", "PupilTracking", "EyeTracking",
            "CompassDirection",
        ),
        ("behavioral technique", _BEHAVIOR),
    ),
    "ProcessingModule": ("analytical technique", ""),
    "RGBImage": ("photographic technique", ""),
    "DecompositionSeries": (_FOURIER, ""),
    "Units": (_SORTING, _EPHYS),
    "Spectrum": (_FOURIER, ""),
    "OptogeneticStimulusSIte": ("", _OGEN),
    "OptogeneticSeries": ("", _OGEN),
}  # fmt: skip

# Types of the NWB core that are a TimeSeries, and those that are a DynamicTable; others are looked up in the file's own specifications.
SERIES = frozenset(
    {
        "TimeSeries", "AbstractFeatureSeries", "AnnotationSeries", "IntervalSeries", "DecompositionSeries", "ElectricalSeries",
        "SpikeEventSeries", "ImageSeries", "ImageMaskSeries", "OpticalSeries", "IndexSeries", "OnePhotonSeries",
        "TwoPhotonSeries", "RoiResponseSeries", "SpatialSeries", "PatchClampSeries", "CurrentClampSeries", "IZeroClampSeries",
        "CurrentClampStimulusSeries", "VoltageClampSeries", "VoltageClampStimulusSeries", "OptogeneticSeries",
    }
)  # fmt: skip
TABLES = frozenset(
    {
        "DynamicTable", "AlignedDynamicTable", "TimeIntervals", "Units", "PlaneSegmentation", "SweepTable", "ElectrodesTable",
        "IntracellularRecordingsTable", "IntracellularElectrodesTable", "IntracellularStimuliTable",
        "IntracellularResponsesTable", "SimultaneousRecordingsTable", "SequentialRecordingsTable", "RepetitionsTable",
        "ExperimentalConditionsTable", "EventsTable", "MeaningsTable",
    }
)  # fmt: skip
