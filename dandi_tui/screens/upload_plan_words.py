"""The plan in words: how files come to their places, what carrying it out would do, why a path can't be taken. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dandi_tui.dataset.asset_path import path_fault
from dandi_tui.dataset.carrying_out import superseded
from dandi_tui.dataset.contribution import MODES
from dandi_tui.dataset.listing import short
from dandi_tui.text import plural

if TYPE_CHECKING:
    from dandi_tui.dataset.contribution import Contribution
    from dandi_tui.dataset.plan_model import Plan

MODE_WORDS = {
    "symlink": "symbolic links to the sources", "copy": "copies", "move": "the sources themselves go there", "hardlink": "second names, on the same disk",
}  # fmt: skip
_DONE_AS = {"symlink": " as symbolic links to the sources", "copy": " as copies", "move": ": the sources themselves go there", "hardlink": " as second names"}
_LONGEST_NAME = 255


def intent(now: Contribution, plan: Plan) -> str:
    """What carrying the plan out would do; empty where it would do nothing."""
    new, back = sum(not move.same for move in plan.moves), len(superseded(now, plan))
    lines = []
    if new:
        lines.append(f"{plural(new, 'file')} into {short(now.folder)}{_DONE_AS[now.mode]}.")
    if back:
        lines.append(f"{plural(back, 'file leaves the place where it was put before', 'files leave the places where they were put before')}.")
    if now.fills:
        own = "; each becomes a file of its own" if now.mode in {"symlink", "hardlink"} else ""
        lines.append(f"{plural(len(now.fills), 'file')} there will be filled in{own}.")
    if new:
        lines.append("Nothing else that is there is replaced. u takes it back." if back else "Nothing that is there is replaced. u takes it back.")
    return "\n".join(lines)


def rename_fault(text: str) -> str:
    """Why the archive, or the disk, would not take a path; empty where they would, and where the computed one is asked for."""
    path = text.strip()
    if fault := path_fault(path) if path else "":
        return f"The archive would refuse this path: it {fault}."
    longest = max((len(part.encode()) for part in path.split("/")), default=0)
    return f"A name in it has {longest} bytes, and disks hold {_LONGEST_NAME}." if longest > _LONGEST_NAME else ""


assert set(MODE_WORDS) == set(_DONE_AS) == set(MODES)  # noqa: S101 (each mode has its words)
