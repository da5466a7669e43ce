"""Every action by name: its keys, its words, its hint. Keys, hints, palette and help are all made of this table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Action(msgspec.Struct, frozen=True):
    """Something a person can do.

    Attributes:
        name: Its name, also in the config file; a pane does it in its method `do_NAME`.
        words: What it does, in the palette and in help.
        keys: Its keys, as Textual names them; the first is shown.
        hint: Its word in the line of keys; empty: not there.
    """

    name: str
    words: str
    keys: tuple[str, ...]
    hint: str = ""


_TABLE = (
    Action("into", "go in: open what is under the cursor", ("right", "enter", "l"), "open"),
    Action("enter", "zoom into the folder, or open the file", ("enter",), "open"),
    Action("unfold", "unfold the folder", ("right", "l"), "unfold"),
    Action("fold", "fold the folder, or go to its parent; at the top: go out", ("left", "h", "backspace"), ""),
    Action("out", "go out, one level up", ("left", "h", "backspace"), "back"),
    Action("peel", "put away the topmost thing: a message, a filter, this place", ("escape",)),
    Action("up", "move up", ("up", "k")),
    Action("down", "move down", ("down", "j")),
    Action("page_up", "a page up", ("pageup",)),
    Action("page_down", "a page down", ("pagedown",)),
    Action("half_up", "half a page up", ("ctrl+u",)),
    Action("half_down", "half a page down", ("ctrl+d",)),
    Action("first", "to the first row", ("home", "g")),
    Action("last", "to the last row", ("end", "G")),
    Action("filter", "filter the list at hand as you type", ("slash",), "filter"),
    Action("search", "type a search; Tab again for the list", ("tab",), "search"),
    Action("switch", "the next view of this page", ("tab",), "view"),
    Action("sort", "sort by…", ("s",), "sort"),
    Action("flags", "choose which Dandisets are listed: drafts, empty, mine, starred, embargoed", ("f",), "list"),
    Action("mark", "mark, and move down", ("space",), "mark"),
    Action("invert", "invert the marks", ("asterisk",)),
    Action("unmark", "take all marks away", ("u",)),
    Action("download", "download the marks, else what is under the cursor", ("d",), "download"),
    Action("copy", "copy as… address, name, citation, command, code", ("y",), "copy"),
    Action("open_with", "open with… a viewer, as an address to copy", ("o",)),
    Action("metadata", "metadata of what is under the cursor, as a page and raw", ("m",), "metadata"),
    Action("problems", "what the archive finds wrong", ("v",), "problems"),
    Action("versions", "another version of this Dandiset", ("V",), "version"),
    Action("bookmark", "bookmark this place", ("b",)),
    Action("places", "bookmarks and recent places", ("B",)),
    Action("go_to", "go to… any Dandiset, address or path", ("ctrl+g", "at")),
    Action("refresh", "ask the archive again", ("r",)),
    Action("browse", "workspace: browse the archive", ("1",)),
    Action("transfers", "workspace: transfers", ("2",)),
    Action("cancel", "cancel the transfer under the cursor", ("c",), "cancel"),
    Action("retry", "try the transfer under the cursor again", ("R",), "retry"),
    Action("clear", "take what is done off the list", ("x",), "clear done"),
    Action("remove", "remove what is under the cursor", ("x",), "remove"),
    Action("log", "messages of this session, the latest first", ("grave_accent",)),
    Action("redraw", "draw the whole screen again", ("ctrl+l",)),
    Action("help", "every key that works here", ("question_mark",), "help"),
    Action("palette", "every action by its name", ("colon", "ctrl+p")),
    Action("quit", "quit", ("q", "ctrl+c", "ctrl+q")),
    Action("suspend", "suspend; `fg` comes back", ("ctrl+z",)),
)

ACTIONS: Mapping[str, Action] = {action.name: action for action in _TABLE}

MOVES = ("up", "down", "page_up", "page_down", "half_up", "half_down", "first", "last")
EVERYWHERE = (
    "peel", "places", "go_to", "browse", "transfers", "log", "redraw", "suspend", "palette", "help", "quit",
)  # fmt: skip

_KEY_WORDS = {
    "right": "→", "left": "←", "up": "↑", "down": "↓", "enter": "Enter", "escape": "Esc", "slash": "/",
    "space": "Space",     "asterisk": "*", "question_mark": "?", "colon": ":", "tab": "Tab", "pageup": "PgUp", "pagedown": "PgDn",
    "home": "Home",     "end": "End", "backspace": "Backspace", "at": "@", "grave_accent": "`",
}  # fmt: skip


def key_words(key: str) -> str:
    """How a key is written for people: `→`, `Enter`, `ctrl+p`."""
    return _KEY_WORDS.get(key, key)


def key_map(names: Iterable[str], chosen: Mapping[str, str]) -> dict[str, str]:
    """Which action each key does; what the person chose in the config file goes before the table.

    Args:
        names: The actions of a pane; where two share a key, the first has it.
        chosen: Other keys for actions, from the settings.
    """
    actions = [ACTIONS[name] for name in names]
    keys = {chosen[action.name]: action.name for action in actions if action.name in chosen}
    for action in actions:
        if action.name not in chosen:
            for key in action.keys:
                keys.setdefault(key, action.name)
    return keys


def keys_of(name: str, chosen: Mapping[str, str]) -> tuple[str, ...]:
    """The keys of an action."""
    return (chosen[name],) if name in chosen else ACTIONS[name].keys


def unknown_actions(chosen: Mapping[str, str]) -> list[str]:
    """Names in the config file that are no actions."""
    return [name for name in chosen if name not in ACTIONS]
