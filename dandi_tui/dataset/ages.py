"""Ages as the archive wants them: ISO 8601 durations, or ranges of these, counted from birth or from gestation.

What is understood is what the `dandi` client understands: ISO 8601 (`P90D`), ranges (`P90D/P100D`, `P90D/`), and words
(`3 months`, `2 years 1 month`, `day 30`, `5 days 12:30:15`). Seconds, which the client drops, are kept.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import timedelta

_NUMBER = r"\d+(?:\.\d+)?"
_ISO = re.compile(rf"P(?!$)({_NUMBER}Y)?({_NUMBER}M)?({_NUMBER}W)?({_NUMBER}D)?(?:(T)(?=\d)({_NUMBER}H)?({_NUMBER}M)?({_NUMBER}S)?)?", re.IGNORECASE)
_WORDS = {
    "Y": "y(?:ear)?s?",
    "M": "(?:month|mon|mo|m)s?",
    "W": "w(?:eek)?s?",
    "D": "d(?:ay)?s?",
    "TH": "h(?:our)?s?",
    "TM": "(?:min|m(?:inute)?)s?",
    "TS": "(?:sec|s(?:econd)?)s?",
}
_CLOCK = re.compile(r"\s*(\d\d?):(\d\d):(\d\d)")
_RANKS = {"D": 0, "W": 1, "M": 2, "Y": 3}
_TIME_RANKS = {"S": 0, "M": 1, "H": 2}


class Age(NamedTuple):
    """An age: `duration` is ISO 8601, or a range of two; `reference` is `Birth` or `Gestational`."""

    duration: str
    reference: str = "Birth"


def parse_age(text: str) -> Age:
    """Understands an age.

    Raises:
        ValueError: It can't be understood; the message says why.
    """
    reference, rest = "Birth", text
    if text.lower().startswith("gestation"):
        reference, rest = "Gestational", re.sub("^gest[a-z]*", "", text, flags=re.IGNORECASE)
    rest = rest.strip()
    if not rest:
        raise ValueError("the age is empty")
    if rest.count("/") == 1:
        return Age(_range(rest.replace(" ", "")), reference)
    if rest.startswith("P"):
        return Age("".join(_iso_parts(rest)), reference)
    return Age("".join(_parts_in_words(rest, times=reference == "Birth")), reference)


def _iso_parts(text: str) -> list[str]:
    """A duration's parts, as `["P", "1D", "T", "2H"]`."""
    found = _ISO.fullmatch(text.replace(",", "."))
    if found is None:
        raise ValueError(f"{text!r} is not a duration in ISO 8601, such as P90D or P3M")
    return _only_last_broken(["P", *(part for part in found.groups() if part)])


def _only_last_broken(parts: list[str]) -> list[str]:
    if any("." in part for part in parts[:-1]):
        raise ValueError("only the last part of an age may have a decimal fraction (P1.5Y2M may not)")
    return parts


def _range(text: str) -> str:
    limits = []
    for limit in text.split("/"):
        if limit and not limit.startswith("P"):
            raise ValueError(f"both ends of a range are written in ISO 8601, such as P90D/P100D; {limit!r} is not")
        limits.append(_iso_parts(limit) if limit else [])
    lower, upper = limits
    if not lower and not upper:
        raise ValueError("a range needs at least one end, such as P90D/")
    if lower and upper and not _ordered(lower, upper):
        raise ValueError("the second age of a range has to be the larger one, in the same units, such as P90D/P100D")
    return "".join(lower) + "/" + "".join(upper)


def _ordered(lower: list[str], upper: list[str]) -> bool:
    """Whether a range's second duration is not the smaller one, compared part by part."""
    if len(lower) > len(upper):
        return False
    ranks = _RANKS
    for low, high in zip(lower, upper, strict=False):
        if "T" in {low, high}:
            ranks = _TIME_RANKS
            if low != high:
                return low == "T"
        elif low != high:
            less, more = (part[-1].upper() for part in (low, high))
            if less != more:
                return ranks[more] > ranks[less]
            if float(low[:-1]) != float(high[:-1]):
                return float(high[:-1]) > float(low[:-1])
    return True


def _parts_in_words(text: str, *, times: bool) -> list[str]:
    rest = re.sub("[,;()]", " ", text).strip()
    days: list[str] = []
    clock: list[str] = []
    for unit in ("Y", "M", "W", "D"):
        rest = _take(rest, unit, days)
    if times:
        for unit in ("TH", "TM", "TS"):
            rest = _take(rest, unit, clock)
        if not clock and (found := _CLOCK.match(rest)):
            clock = [f"{int(number)}{unit}" for number, unit in zip(found.groups(), "HMS", strict=True)]
            rest = rest[found.end() :]
    if set(rest) - set(" .:") or not days + clock:
        raise ValueError(f"{text!r} is not an age that can be understood")
    return _only_last_broken(["P", *days, *(["T", *clock] if clock else [])])


def _take(text: str, unit: str, parts: list[str]) -> str:
    """Takes a number with its unit off the start of a text; returns what is left."""
    words = _WORDS[unit]
    forms = (rf"(\d+\.?\d*)\s*{words}", rf"(\d+\.?\d*)\s*units?:?\s*{words}", rf"{words}\s*(\d+\.?\d*)")
    for form in forms:
        if found := re.match(form, text, re.IGNORECASE):
            number = float(found[1]) if "." in found[1] else int(found[1])
            parts.append(f"{int(number) if int(number) == number else number}{unit[-1]}")
            return text[found.end() :].strip()
    return text


def duration_of(span: timedelta) -> str:
    """A span of time as the client writes it: days and seconds, as `P62DT18367S`."""
    seconds = span.seconds + span.microseconds / 1e6 if span.microseconds else span.seconds
    days = f"{span.days}D" if span.days else ""
    return f"P{days}T{seconds}S" if seconds else f"P{days or '0D'}"
