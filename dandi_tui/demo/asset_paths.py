"""The paths that the archive takes for assets."""

from __future__ import annotations

import re

LONGEST = 512
_LETTER = r"[A-Za-z0-9(),&#+~_=\-\[\]\\^`\s]"
_PATH = re.compile(rf"\.?{_LETTER}+(?:(?:/\.?|\.){_LETTER}+)*", re.ASCII)


def fault(path: str) -> str:
    """What is wrong with the form of a path, in the archive's words; empty when nothing is. Its length is looked at apart."""
    if path.startswith("/"):
        return "Path must not begin with /"
    return "" if _PATH.fullmatch(path) else "Path improperly formatted"


def too_long(path: str) -> str:
    """The archive's words for a path that is too long; empty when it isn't."""
    return f"Ensure this value has at most {LONGEST} characters (it has {len(path)})." if len(path) > LONGEST else ""
