"""What the types of NWB's core inherit from: for files that hold no specifications of their own, and for far ones, whose are not read.

The types are those of NWB 2.10 and HDMF common 1.9; older ones had the same parents.
"""

from __future__ import annotations

_CHILDREN = {
    "Container": "SimpleMultiContainer DynamicTable CSRMatrix HERD NWBContainer",
    "Data": "VectorData ElementIdentifiers NWBData",
    "VectorData": ("VectorIndex DynamicTableRegion EnumData TimeSeriesReferenceVectorData TimestampVectorData DurationVectorData"),
    "DynamicTable": (
        "AlignedDynamicTable MeaningsTable TimeIntervals EventsTable FrequencyBandsTable Units ElectrodesTable "
        "SweepTable IntracellularElectrodesTable IntracellularStimuliTable IntracellularResponsesTable "
        "SimultaneousRecordingsTable SequentialRecordingsTable RepetitionsTable ExperimentalConditionsTable "
        "PlaneSegmentation"
    ),
    "NWBData": "BaseImage ImageReferences ScratchData",
    "BaseImage": "Image ExternalImage",
    "NWBContainer": (
        "NWBDataInterface ProcessingModule Device DeviceModel NWBFile LabMetaData Subject ElectrodeGroup "
        "IntracellularElectrode OptogeneticStimulusSite ImagingPlane OpticalChannel"
    ),
    "NWBDataInterface": (
        "TimeSeries Images BehavioralEpochs BehavioralEvents BehavioralTimeSeries PupilTracking EyeTracking "
        "CompassDirection Position FeatureExtraction EventDetection EventWaveform FilteredEphys LFP "
        "ClusterWaveforms Clustering DfOverF Fluorescence ImageSegmentation MotionCorrection CorrectedImageStack "
        "ImagingRetinotopy"
    ),
    "Image": "GrayscaleImage RGBImage RGBAImage",
    "TimeSeries": (
        "ImageSeries IndexSeries AbstractFeatureSeries AnnotationSeries IntervalSeries DecompositionSeries "
        "SpatialSeries ElectricalSeries PatchClampSeries OptogeneticSeries RoiResponseSeries"
    ),
    "ImageSeries": "ImageMaskSeries OpticalSeries OnePhotonSeries TwoPhotonSeries",
    "ElectricalSeries": "SpikeEventSeries",
    "PatchClampSeries": "CurrentClampSeries CurrentClampStimulusSeries VoltageClampSeries VoltageClampStimulusSeries",
    "CurrentClampSeries": "IZeroClampSeries",
    "AlignedDynamicTable": "IntracellularRecordingsTable",
}

CORE_PARENTS: dict[str, str] = {name: parent for parent, names in _CHILDREN.items() for name in names.split()}
