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
    Action("views", "other ways to look at it", ("w",), "ways"),
    Action("timeline", "all that lives in time, on one axis", ("T",), "timeline"),
    Action("file_page", "the file on one page: session, people, subject, devices, counts", ("i",), "file"),
    Action("compare", "compare with another file", ("C",)),
    Action("find", "find an object of the whole file by name or type", ("slash",), "find"),
    Action("plot", "plot the series", ("p",), "plot"),
    Action("table", "values as a table", ("t",), "table"),
    Action("about", "attributes, and how the bytes lie", ("a",), "about"),
    Action("pan_left", "earlier", ("left", "h"), "earlier"),
    Action("pan_right", "later", ("right", "l"), "later"),
    Action("zoom_in", "look closer", ("plus", "equals_sign"), "closer"),
    Action("zoom_out", "look from farther", ("minus",), "farther"),
    Action("go_to_time", "go to a time", ("g",), "time"),
    Action("whole", "all of the time", ("0",), "whole"),
    Action("same_scale", "all channels on one scale, or each on its own", ("S",)),
    Action("aligned", "around the times of a column", ("A",), "around"),
    Action("population", "all units at once", ("u",), "all units"),
    Action("go_to_unit", "go to a unit", ("g",)),
    Action("overlay", "all over each other, or one alone", ("O",), "overlay"),
    Action("next_sweep", "the next sweep", ("right_square_bracket",), "sweep"),
    Action("previous_sweep", "the sweep before", ("left_square_bracket",)),
    Action("follow", "go to what the row refers to", ("f",), "follow"),
    Action("slice", "the place in further dimensions", ("i",), "slice"),
    Action("fewer", "fewer channels at once", ("less_than_sign", "comma")),
    Action("more_channels", "more channels at once", ("greater_than_sign", "full_stop"), "channels"),
    Action("columns_left", "columns to the left", ("left_square_bracket",)),
    Action("columns_right", "columns to the right", ("right_square_bracket",), "columns"),
    Action("go_to_row", "go to a row", ("g",), "row"),
    Action("previous_unit", "the unit before", ("left_square_bracket",)),
    Action("next_unit", "the next unit", ("right_square_bracket",), "unit"),
    Action("align", "align to… the times of an intervals table", ("A",), "align"),
    Action("condition", "group the events by… a column beside their times", ("c",), "groups"),
    Action("go_to_frame", "go to a frame", ("g",), "frame"),
    Action("histogram", "how the numbers of the first column shown are spread", ("H",), "histogram"),
    Action("export", "write what is shown to a file", ("e",), "export"),
    Action("search", "type a search; Tab again for the list", ("tab",), "search"),
    Action("switch", "the next view of this page", ("tab",), "view"),
    Action("sort", "sort by…", ("s",), "sort"),
    Action("flags", "which Dandisets are listed: drafts, empty, mine, starred…", ("f",), "list"),
    Action("mark", "mark, and move down", ("space",), "mark"),
    Action("invert", "invert the marks", ("asterisk",)),
    Action("unmark", "take all marks away", ("u",)),
    Action("download", "download marks, else this; asks about files there", ("d",), "download"),
    Action("copy", "copy as… address, name, citation, command, code", ("y",), "copy"),
    Action("open_with", "open with… a viewer, as an address to copy", ("o",)),
    Action("metadata", "metadata of what is under the cursor, as a page and raw", ("m",), "metadata"),
    Action("describe", "what this Dandiset is, how to cite it, its metadata raw", ("i",), "about"),
    Action("problems", "what the archive finds wrong", ("v",), "problems"),
    Action("versions", "another version of this Dandiset", ("V",), "version"),
    Action("edit_field", "edit the field under the cursor", ("enter",), "edit"),
    Action("add_item", "add an item to the list", ("a",), "add"),
    Action("clear_field", "clear the field, or take the item out of its list", ("x", "delete"), "remove"),
    Action("item_down", "move the item down in its list", ("J",), "down"),
    Action("item_up", "move the item up in its list", ("K",), "up"),
    Action("undo", "take the latest change back", ("u",), "undo"),
    Action("redo", "do again what was taken back", ("ctrl+r",)),
    Action("difference", "what saving would change, and what is wrong", ("D",), "difference"),
    Action("save", "save", ("w",), "save"),
    Action("own_editor", "edit it as YAML in your own editor", ("dollar_sign",), "editor"),
    Action("next_problem", "to the next place where something is wrong", ("n",), "next wrong"),
    Action("previous_problem", "to the place before where something is wrong", ("p",)),
    Action("register", "register a new Dandiset", ("N",), "register"),
    Action("edit_metadata", "edit the metadata of the draft", ("E",), "edit"),
    Action("owners", "owners: look, add, remove", ("U",), "owners"),
    Action("publish", "publish: what stands in the way, and do it", ("P",), "publish"),
    Action("star", "star this Dandiset, or take the star away", ("S",), "star"),
    Action("delete", "delete: a name is asked for first", ("D",), "delete"),
    Action("unembargo", "open this embargoed Dandiset to all", ("O",), "open to all"),
    Action("unfinished", "unfinished uploads of this Dandiset", ("X",)),
    Action("notes", "write release notes", ("e",), "notes"),
    Action("mine", "my Dandisets: mine, starred, embargoed", ("M",)),
    Action("log_in", "log in with an API key", ("L",), "log in"),
    Action("log_out", "log out: forget the key on this machine", ("ctrl+x",), "log out"),
    Action("new_key", "make a new API key; the old one ends", ("n",), "new key"),
    Action("registering", "how to get an account: address and QR code", ("G",), "get an account"),
    Action("account", "account: who am I, log in, log out, keys, services", ("I",)),
    Action("bookmark", "bookmark this place", ("b",)),
    Action("places", "bookmarks and recent places", ("B",)),
    Action("back", "the place that was looked at before", ("left_square_bracket",)),
    Action("forward", "forward again, after going back", ("right_square_bracket",)),
    Action("go_to", "go to… any Dandiset, address or path", ("ctrl+g", "at")),
    Action("refresh", "ask the archive again, or read the file or folder again", ("r",)),
    Action("browse", "workspace: browse the archive", ("1",)),
    Action("transfers", "workspace: transfers", ("2",)),
    Action("cancel", "cancel the transfer under the cursor", ("c",), "cancel"),
    Action("retry", "try the transfer under the cursor again", ("R",), "retry"),
    Action("pause", "pause what is under the cursor, or let it go on", ("p",), "pause"),
    Action("limits", "limit files side by side, or bytes a second", ("L",), "limits"),
    Action("file_log", "log of the file; the files that a line counts", ("enter",), "log"),
    Action("sooner", "move the transfer up", ("K", "shift+up")),
    Action("later", "move the transfer down", ("J", "shift+down")),
    Action("clear", "take what is done off the list", ("x",), "clear done"),
    Action("drop_uploads", "drop all unfinished uploads; the number is asked for first", ("x",), "drop uploads"),
    Action("remove", "remove what is under the cursor", ("x",), "remove"),
    Action("rename", "rename the marks, or the file or folder under the cursor, in the draft", ("R",)),
    Action("apply", "do it", ("enter",), "do it"),
    Action("take", "take it up again, at the step where it was left", ("enter",), "take up"),
    Action("check_files", "check these files for an upload: the wizard, with this folder", ("v",), "check"),
    Action("add_source", "choose a folder or file", ("a",), "choose a folder"),
    Action("next_step", "on to the next step", ("n",), "next step"),
    Action("start_over", "lay this one aside, for another", ("A",)),
    Action("fill", "fill in a field, for all of these files at once", ("f",), "fill in"),
    Action("table_of_values", "fill in from a table, by subject or file", ("t",), "table"),
    Action("leave_out", "leave these files out, or take them back in", ("x",), "leave out"),
    Action("severity", "which problems are shown", ("e",)),
    Action("why", "why this name: its parts, and where each is from", ("enter",), "why this name"),
    Action("rename_entry", "rename: another path in the Dandiset", ("e",), "rename"),
    Action("options", "options: how files are placed, fields in names, the folder", ("o",), "options"),
    Action("undo_plan", "take back what was placed, as far as nothing else touched it", ("u",)),
    Action("choose_target", "send to this Dandiset", ("enter",), "choose"),
    Action("existing", "what to do where the draft has a file", ("e",), "existing files"),
    Action("send", "send", ("enter",), "send"),
    Action("with_errors", "send files with errors too, or not", ("i",)),
    Action("upload", "workspace: upload, from a folder of NWB files to a draft", ("3",)),
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
    "peel", "mine", "account", "places", "back", "forward", "go_to", "browse", "transfers", "upload", "log", "redraw", "suspend", "palette", "help", "quit",
)  # fmt: skip

_KEY_WORDS = {
    "right": "→", "left": "←", "up": "↑", "down": "↓", "enter": "Enter", "escape": "Esc", "slash": "/",
    "space": "Space",     "asterisk": "*", "question_mark": "?", "colon": ":", "tab": "Tab", "pageup": "PgUp", "pagedown": "PgDn",
    "plus": "+", "equals_sign": "=", "minus": "-", "less_than_sign": "<", "greater_than_sign": ">", "comma": ",", "full_stop": ".",
    "left_square_bracket": "[", "right_square_bracket": "]", "home": "Home", "end": "End", "backspace": "Backspace", "at": "@",
    "dollar_sign": "$", "delete": "Del", "grave_accent": "`",
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


def keys_here(names: Iterable[str], chosen: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The keys that really do each action of a pane, where another action may have taken one; actions without a key are left out.

    Args:
        names: The actions of a pane.
        chosen: Other keys for actions, from the settings.
    """
    listed = tuple(dict.fromkeys(names))
    does = key_map(listed, chosen)
    found = {name: tuple(key for key in keys_of(name, chosen) if does.get(key) == name) for name in listed}
    return {name: keys for name, keys in found.items() if keys}


def unknown_actions(chosen: Mapping[str, str]) -> list[str]:
    """Names in the config file that are no actions."""
    return [name for name in chosen if name not in ACTIONS]
