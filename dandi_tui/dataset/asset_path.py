"""Paths as the archive takes them: what is wrong with one, in words. The rule is that of the archive's API, recorded in its answers."""

from __future__ import annotations

import re

LONGEST = 512
_SIGNS = "( ) , & # + ~ _ = . -"
_STRANGE = re.compile(r"[^A-z0-9(),&\s#+~_=./-]", re.ASCII)
_FORM = re.compile(r"\.?[^./]+(?:(?:/\.?|\.)[^./]+)*")


def path_fault(path: str) -> str:
    """Why the archive would refuse an asset of this path; empty where it would not."""
    faults = {
        "is empty": not path,
        "begins with /": path.startswith("/"),
        "has an empty part, . or ..": any(part in {"", ".", ".."} for part in path.split("/")),
        f"has {' '.join(sorted(set(_STRANGE.findall(path)))[:8])}: the archive takes letters and digits of ASCII, blanks and {_SIGNS} alone":
            _STRANGE.search(path) is not None,
        "has two dots in a row, or ends a name with one": not _FORM.fullmatch(path),
        f"is longer than {LONGEST} characters": len(path) > LONGEST,
    }  # fmt: skip
    return next((words for words, found in faults.items() if found), "")
