"""Users and their keys."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dandi_tui.demo.resources import records
from dandi_tui.demo.store import users

if TYPE_CHECKING:
    from dandi_tui.demo.call import Call


def me(call: Call) -> dict[str, Any]:
    """Who the key belongs to."""
    return records.user(call.need_user())


def token(call: Call) -> str:
    """The user's own key."""
    return call.need_approved().token


def new_token(call: Call) -> str:
    """Another key; the old one is good no longer."""
    return users.replace_token(call.store, call.need_approved())


def search(call: Call) -> list[dict[str, Any]]:
    """Users by a part of their login, name or e-mail address."""
    call.need_approved()
    text = call.text("username")
    if not re.fullmatch(r"[\w.@+-]+", text):
        return []
    return [records.user(who) for who in users.matching(call.store, text)]


def everybody(call: Call) -> list[str]:
    """All logins, for administrators."""
    call.need_admin()
    return users.usernames(call.store, approved_only=call.flag("approved_only"))


def owners(call: Call) -> list[dict[str, Any]]:
    """The owners of a Dandiset; their e-mail addresses are for users alone."""
    found = users.owners(call.store, call.dandiset().identifier)
    return [{"username": who.username, "name": who.name, "email": who.email if call.user else None} for who in found]
