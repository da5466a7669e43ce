"""What to do about what the archive finds wrong."""

import pytest

from dandi_tui.api.remedies import remedy
from dandi_tui.dataset.mend_fields import FIELDS


@pytest.mark.parametrize(
    ("field", "message", "words"),
    [
        ("wasAttributedTo.0", "'identifier' is a required property", "--set subject.subject_id="),
        ("wasAttributedTo.0.sex", "'Female' is not valid", "/general/subject/sex"),
        ("wasAttributedTo", "[] is too short", "--set subject.subject_id="),
        ("wasGeneratedBy.1.startDate", "'x' is not a 'date-time'", "/session_start_time"),
        ("contentSize", "'contentSize' is a required property", "upload the file again"),
        ("approach", "[] is too short", "types of the objects"),
        ("", "asset is currently being validated, please wait.", "ask again"),
        ("nobodyKnows", "is odd", "correct it there"),
    ],
)
def test_a_problem_of_a_file_names_its_place_and_the_command(field: str, message: str, words: str) -> None:
    assert words in remedy(field, message, of_file=True)


def test_a_problem_of_the_dandiset_leads_to_the_form() -> None:
    assert "dandiset edit" in remedy("license", "'license' is a required property", of_file=False)


def test_what_is_counted_from_the_files_is_not_to_be_filled_in() -> None:
    assert "upload some" in remedy("assetsSummary", "Value error, A Dandiset containing no files is not publishable", of_file=False)


def test_every_field_that_is_named_can_be_mended() -> None:
    known = set(FIELDS)
    for name in ("identifier", "species", "sex", "age", "strain", "genotype", "other"):
        said = remedy(f"wasAttributedTo.0.{name}", "is odd", of_file=True)
        assert said.partition("--set ")[2].partition("=")[0] in known
