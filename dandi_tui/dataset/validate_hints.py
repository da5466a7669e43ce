"""Why a problem matters and how to mend it, in words; and which field settles it when it is filled in."""

from __future__ import annotations

from typing import NamedTuple


class Remedy(NamedTuple):
    """How to mend a problem; `field` is what settles it when filled in, empty where none does."""

    hint: str
    field: str = ""


_SUBJECT = "Every file of the archive tells whose data it holds, so that animals can be counted and found."
_SLASH = "Slashes would make folders of it. Write another sign, such as -."
_TIMES = "Readers take times for what they are, in seconds from the start of the session."
_CCF = "Searches go by the names of the Allen Common Coordinate Framework. Write its name or acronym, where the brain is a mouse's."

_REMEDIES: dict[str, Remedy] = {
    # The archive's rules
    "DANDI.NO_DANDISET_FOUND": Remedy(
        "The folder of a Dandiset has its dandiset.yaml. Download it (`dandi-tui download DANDI:NUMBER --what dandiset.yaml`) "
        "and organize the files into its folder."
    ),
    "DANDI.NON_DANDI_FILENAME": Remedy(
        "Names are sub-ID_ses-ID_modality.nwb, so that a reader knows what a file is before opening it. `dandi-tui organize` gives them."
    ),
    "DANDI.NON_DANDI_FOLDERNAME": Remedy("NWB files stand in a folder sub-ID at the root of the Dandiset. `dandi-tui organize` puts them there."),
    "DANDI.METADATA_MISMATCH_SUBJECT": Remedy("The folder sub-ID holds the files of this subject alone: move the file, or organize it again."),
    "DANDI.SUBJECT_DIFFERS": Remedy("Name and content have to say the same: organize the file again, or correct subject_id in it.", "subject.subject_id"),
    "DANDI.FILE_CONTENT_MISSING": Remedy("The link leads nowhere. Bring the file back (git-annex or datalad: `datalad get FILE`), or remove the link."),
    "DANDI.PATH_REFUSED": Remedy("Rename it: the archive would refuse it only when its bytes were there. `dandi-tui organize` gives names that it takes."),
    "DANDI.EMPTY_FILE": Remedy("The archive does not take empty files. Convert or copy it again."),
    "DANDI.NAMES_DIFFER_BY_CASE": Remedy("Where upper and lower case are one (macOS, Windows), one file would replace the other. Rename one."),
    "DANDI.OUTSIDE_DATA": Remedy(
        "The archive keeps each file by itself: these data would be missing there. Copy them into the file (pynwb: `io.export(src_io, link_data=False)`)."
    ),
    "DANDI.LEFTOVER": Remedy("It is left over from a download that was broken off. Remove it, or finish the download."),
    "dandiset_yaml.unreadable": Remedy("Download it again: `dandi-tui download DANDI:NUMBER --what dandiset.yaml`."),
    "dandischema.required_field": Remedy("Fill it in on the Dandiset's page or with `dandi-tui dandiset edit`, and download dandiset.yaml again."),
    "dandischema": Remedy("The archive's schema does not allow it: correct the field in the file that it was read from."),
    "dandischema.missing": Remedy("It is needed before the Dandiset can be published. Fill it in on its page or with `dandi-tui dandiset edit`."),
    "dandischema.placeholder_value": Remedy("It is still the word of a template. Fill it in on the Dandiset's page."),
    # Zarr
    "zarr.cannot_open": Remedy("A folder .zarr or .ngff is a Zarr store. Write it again with the program that made it."),
    "zarr.broken": Remedy("A metadata document is missing or broken. Write the store again, or copy it again."),
    "dandi_zarr.empty_group": Remedy("The store holds nothing: remove it, or write it again."),
    "dandi_zarr.tree_depth_exceeded": Remedy("The archive takes Zarr stores of at most 7 levels of folders."),
    # BIDS
    "BIDS.dataset": Remedy("Names and folders follow BIDS here, not the archive's own scheme. Its own validator looks deeper: https://bids-validator.github.io"),
    "BIDS.description": Remedy("BIDS wants a dataset_description.json at its root with Name and BIDSVersion; of a derivative, with GeneratedBy too."),
    "BIDS.readme": Remedy("BIDS recommends a README, README.md or README.txt at the root that says what the data are."),
    "BIDS.name": Remedy("BIDS names are sub-ID[_ses-ID][_KEY-VALUE]_SUFFIX.EXTENSION in a folder sub-ID[/ses-ID]/DATATYPE, such as ecephys or beh."),
    "BIDS.entities": Remedy("Entities are KEY-LABEL, each once, in the order of the BIDS entity table: sub, ses, sample, task, acq, …, run, …, desc."),
    "BIDS.suffix": Remedy("The last part of a name and its extension say what a file holds: rename it, or move it to the folder of its kind of data."),
    "BIDS.sidecar": Remedy("BIDS wants a JSON file with the recording's parameters: of the same name beside it, or above it, where it describes several."),
    "BIDS.json": Remedy("Correct the file: it has to be one JSON object, { … }."),
    "BIDS.participants": Remedy("participants.tsv has a row for each folder sub-…, parted by tabs, with participant_id first: add the row, or the folder."),
    "BIDS.name_differs": Remedy("The subject and session of a name are those of its folders: rename the file or move it."),
    # Schema
    "pynwb.GENERIC": Remedy("Most programs read NWB by pynwb. Convert the file again with the newest release of the program that wrote it."),
    "pynwb.Missing": Remedy("The NWB schema demands it. Fill it in where the file is written; most converters take it as metadata."),
    "pynwb.MissingDataType": Remedy("The NWB schema demands an object of this type here."),
    "pynwb.Dtype": Remedy("The value has another type than the NWB schema demands: convert it where the file is written."),
    "pynwb.Shape": Remedy("The array has another number of dimensions than the NWB schema demands."),
    "pynwb.ExpectedArray": Remedy("The NWB schema demands an array here, also for one value."),
    "pynwb.IncorrectQuantity": Remedy("There are more of these objects than the NWB schema allows."),
    "pynwb.IncorrectDataType": Remedy("The object has another type than the NWB schema demands here."),
    "pynwb.IllegalLink": Remedy("The NWB schema wants the object itself here, not a link to it."),
    # Best practices that the archive demands
    "NWBI.check_subject_exists": Remedy(f"{_SUBJECT} Fill in the subject: id, species, sex, and age or date of birth.", "subject.subject_id"),
    "NWBI.check_subject_id_exists": Remedy(f"{_SUBJECT} Fill in the id that the laboratory gave to the animal or person.", "subject.subject_id"),
    "NWBI.check_subject_id_no_slashes": Remedy(f"The id becomes part of the file's name. {_SLASH}", "subject.subject_id"),
    "NWBI.check_session_id_no_slashes": Remedy(f"The id becomes part of the file's name. {_SLASH}", "session_id"),
    "NWBI.check_subject_sex": Remedy("Write M, F, O (other) or U (unknown); for C. elegans also XO or XX.", "subject.sex"),
    "NWBI.check_subject_species_exists": Remedy("Searches go by species. Write its Latin name, such as Mus musculus.", "subject.species"),
    "NWBI.check_subject_species_form": Remedy(
        "Searches go by Latin names: write Mus musculus, not mouse; or http://purl.obolibrary.org/obo/NCBITaxon_10090.", "subject.species"
    ),
    "NWBI.check_subject_age": Remedy(
        "Age decides who can compare with these data. Write it in ISO 8601 (P90D, P12W, P3M, P2Y, P90D/P100D), or the date of birth.", "subject.age"
    ),
    "NWBI.check_subject_proper_age_range": Remedy("The second age of a range is the larger one, in the same units: P90D/P100D.", "subject.age"),
    "NWBI.check_subject_weight": Remedy("Write a number and its unit, in kg: 0.025 kg.", "subject.weight"),
    "NWBI.failed": Remedy("The check met something that it did not expect: look at what it is about. The check itself may be at fault."),
    # Potentially wrong data
    "NWBI.check_session_start_time_future_date": Remedy("The session begins in the future: correct its start time or zone.", "session_start_time"),
    "NWBI.check_session_start_time_old_date": Remedy("The session begins before NWB files could: a placeholder? Correct its start time.", "session_start_time"),
    "NWBI.check_ascending_spike_times": Remedy("The spikes of a unit stand in the order of their times: sort them before writing."),
    "NWBI.check_spike_times_not_in_samples": Remedy(f"{_TIMES} These look like sample numbers: divide them by the sampling rate."),
    "NWBI.check_negative_spike_times": Remedy(f"{_TIMES} Shift them, or correct the start of the session."),
    "NWBI.check_units_table_duration": Remedy(f"{_TIMES} The spikes cover more than a year: are they in milliseconds?"),
    "NWBI.check_timestamps_ascending": Remedy("Times stand in ascending order: sort them, or find where the clock jumped."),
    "NWBI.check_timestamps_without_nans": Remedy("A sample without a time can't be placed: drop it or give it one."),
    "NWBI.check_timestamps_match_first_dimension": Remedy("Each sample has one time: data and timestamps have the same length. Time goes first."),
    "NWBI.check_data_orientation": Remedy("Time is the first dimension of data: transpose it before writing."),
    "NWBI.check_rate_is_not_zero": Remedy("A rate of 0 says nothing of the times: write the true rate, or timestamps."),
    "NWBI.check_rate_is_positive": Remedy("A rate is positive, in Hz."),
    "NWBI.check_rate_not_below_threshold": Remedy("The rate is unusually low: is a period (in seconds) written as a rate (in Hz)?"),
    "NWBI.check_regular_timestamps": Remedy("The samples are evenly spaced: starting_time and rate say the same in two numbers, and load faster."),
    "NWBI.check_time_intervals_duration": Remedy(f"{_TIMES} The table covers more than a year: are they in milliseconds?"),
    "NWBI.check_time_intervals_stop_after_start": Remedy("An interval stops after it starts: are the two columns exchanged?"),
    "NWBI.check_time_interval_time_columns": Remedy("Intervals stand in the order of their start times: sort the table."),
    "NWBI.check_timestamp_of_the_first_sample_is_not_negative": Remedy(f"{_TIMES} Set the session's start to the earliest time, or shift all times."),
    "NWBI.check_dynamic_table_region_data_validity": Remedy("The references lead to rows that are not in the table: write the rows' numbers, from 0."),
    "NWBI.check_electrical_series_dims": Remedy("The second dimension of data is the number of electrodes: transpose data or correct the electrodes."),
    "NWBI.check_electrical_series_reference_electrodes_table": Remedy("The electrodes of a series are rows of the file's electrodes table."),
    "NWBI.check_roi_response_series_dims": Remedy("The second dimension of data is the number of regions of interest."),
    "NWBI.check_image_series_external_file_valid": Remedy("The video is not where the file says: put it there, beside the NWB file, or correct the path."),
    "NWBI.check_image_series_external_file_relative": Remedy("Absolute paths lead nowhere on other machines: `dandi-tui organize` writes relative ones."),
    "NWBI.check_ids_unique": Remedy("Rows are found by their ids: each stands once."),
    "NWBI.check_unique_identifiers": Remedy("Files are told apart by their identifier: give each its own (a UUID).", "identifier"),
    "NWBI.check_time_series_data_is_not_empty": Remedy("An empty series tells nothing: leave it out, or write its data."),
    "NWBI.check_empty_table": Remedy("An empty table tells nothing: leave it out."),
    "NWBI.check_missing_unit": Remedy("Values without a unit can't be compared: write one, `n.a.` where there is none."),
    "NWBI.check_resolution": Remedy("The resolution is the smallest difference, in the unit of the data: positive, or -1.0 for unknown."),
    "NWBI.check_large_dataset_compression": Remedy("Compressed, it downloads and opens in a fraction of the time: write it with gzip and chunks."),
    "NWBI.check_small_dataset_compression": Remedy("Compressed, it takes less room: write it with gzip and chunks."),
    "NWBI.check_image_series_data_size": Remedy("Videos are kept as video files beside the NWB file: write them as external files."),
    "NWBI.check_electrodes_location_allen_ccf": Remedy(_CCF),
    "NWBI.check_imaging_plane_location_allen_ccf": Remedy(_CCF),
    "NWBI.check_intracellular_electrode_location_allen_ccf": Remedy(_CCF),
    "NWBI.check_intracellular_electrode_cell_id_exists": Remedy("Recordings of one cell are brought together by its cell_id: write it."),
    "NWBI.check_excitation_lambda_in_nm": Remedy("Wavelengths are in nanometres."),
    "NWBI.check_emission_lambda_in_nm": Remedy("Wavelengths are in nanometres."),
    "NWBI.check_spatial_series_unit": Remedy("Positions are in metres (or pixels), directions in degrees or radians."),
    # What helps others
    "NWBI.check_experimenter_exists": Remedy("Whom to ask, and whom to cite: write who did the experiment, as Last, First.", "experimenter"),
    "NWBI.check_experimenter_form": Remedy("Write names as Last, First Middle, so that they can be cited.", "experimenter"),
    "NWBI.check_institution": Remedy("Write where the experiment was done.", "institution"),
    "NWBI.check_keywords": Remedy("People find data by keywords: write a few.", "keywords"),
    "NWBI.check_experiment_description": Remedy("Write in a sentence or two what the experiment was about.", "experiment_description"),
    "NWBI.check_doi_publications": Remedy("Write publications as https://doi.org/10.…: only these are linked by the archive.", "related_publications"),
    "NWBI.check_description": Remedy("Write what it is: a placeholder tells nothing."),
    "NWBI.check_empty_string_for_optional_attribute": Remedy("Leave an optional field out rather than empty."),
    "NWBI.check_processing_module_name": Remedy("Tools look for the usual names: ecephys, icephys, ophys, behavior, misc."),
    "NWBI.check_single_row": Remedy("A table of one row: is something missing?"),
    "NWBI.check_col_not_nan": Remedy("The column holds nothing but NaN: leave it out."),
    "NWBI.check_column_binary_capability": Remedy("The column has two values: as True and False it can be selected by."),
    "NWBI.check_name_colons": Remedy("Colons in names trouble some tools: write another sign."),
    "NWBI.check_name_slashes": Remedy("Slashes in names are taken for paths: write another sign."),
    "NWBI.check_table_values_for_dict": Remedy("A text that is a Python dictionary can't be searched: give each of its values a column."),
    "NWBI.check_file_extension": Remedy("Name the file .nwb, so that tools know it."),
}  # fmt: skip


def _remedy(kind: str) -> Remedy:
    """The remedy of a kind of problem, or of the wider kind that it belongs to."""
    while kind:
        if kind in _REMEDIES:
            return _REMEDIES[kind]
        kind = kind.rpartition(".")[0]
    return Remedy("")


def hint_for(kind: str) -> str:
    """Why a kind of problem matters and how to mend it; empty where nothing is known."""
    return _remedy(kind).hint


def field_for(kind: str) -> str:
    """The field that settles a kind of problem when it is filled in (`subject.age`); empty where none does."""
    return _remedy(kind).field
