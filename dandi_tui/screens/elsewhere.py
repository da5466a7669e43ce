"""An index (LINDI) whose values lie elsewhere: where, in words, and what is opened once that was agreed to."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from dandi_tui.text import plural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dandi_tui.app import DandiTuiApp
    from dandi_tui.nwb.messages import Open


def elsewhere_words(elsewhere: Mapping[str, int]) -> str:
    """Where an index leads to, for a person who decides."""
    places = "\n".join(f"  {origin}: {plural(count, 'reference')}" for origin, count in elsewhere.items())
    return f"This file is an index: its structure stands in it, its values lie at\n{places}\nNothing was asked there so far. Shall they be read from there?"


async def with_origins(app: DandiTuiApp, source: Open, origins: Sequence[str]) -> Open:
    """A source whose references may lead to origins; the archive's own is given the key, where there is one, and no other."""
    from dandi_tui.transfer.streaming import cache_folder

    split = urlsplit(app.instance.api_url)
    own = f"{split.scheme}://{split.netloc}"
    folder = source.folder or str(cache_folder())
    if own not in origins or source.source.startswith("http") or not app.has_key:
        return msgspec.structs.replace(source, origins=[*source.origins, *origins], folder=folder)
    others = [one for one in origins if one != own]
    headers = (await app.client()).own_headers
    return msgspec.structs.replace(source, origins=[own, *source.origins, *others], headers=headers, folder=folder)
