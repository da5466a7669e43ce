"""Dandisets, the stars they have, and the list with its filters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dandi_tui.demo.store import Store, Value, select

if TYPE_CHECKING:
    from dandi_tui.demo.store.users import User

# A column of the version that is shown: the newest published one, else the draft.
_SHOWN = "(SELECT {0} FROM version v WHERE v.dandiset = d.identifier ORDER BY v.version = 'draft', v.created DESC LIMIT 1)"
_ORDERS = {
    "id": "d.identifier",
    "name": _SHOWN.format("lower(v.name)"),
    "modified": _SHOWN.format("v.modified"),
    "size": _SHOWN.format("v.size"),
    "stars": "(SELECT count(*) FROM star s WHERE s.dandiset = d.identifier)",
}


class Dandiset(msgspec.Struct, frozen=True):
    """A Dandiset; `embargo_status` is OPEN, EMBARGOED or UNEMBARGOING."""

    identifier: str
    created: str
    modified: str
    embargo_status: str
    embargoed_until: str | None

    @property
    def open(self) -> bool:
        """Whether everybody may read it."""
        return self.embargo_status == "OPEN"


class Condition(msgspec.Struct, frozen=True):
    """A condition in SQL on `d` (the Dandiset), and the values in it."""

    sql: str
    values: tuple[str | int, ...] = ()


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """What the list of Dandisets is asked for."""

    conditions: tuple[Condition, ...] = ()
    order: str = ""
    drafts: bool = True
    empty: bool = True
    embargoed: bool = False
    starred: bool = False
    mine: bool = False


def get(store: Store, identifier: str) -> Dandiset | None:
    """One Dandiset."""
    return store.record(Dandiset, f"{select(Dandiset, 'dandiset d')} WHERE d.identifier = ?", identifier)


def stars(store: Store, identifier: str, user: User | None) -> tuple[int, bool]:
    """How many stars a Dandiset has, and whether one of them is the user's."""
    found = store.rows("SELECT count(*), total(user = ?) FROM star WHERE dandiset = ?", user.id if user else -1, identifier)
    return int(found[0][0]), bool(found[0][1])


def set_star(store: Store, identifier: str, user: User, *, starred: bool) -> None:
    """Gives or takes a user's star; giving it again changes nothing."""
    if starred:
        store.run("INSERT OR IGNORE INTO star (dandiset, user) VALUES (?, ?)", identifier, user.id)
    else:
        store.run("DELETE FROM star WHERE dandiset = ? AND user = ?", identifier, user.id)


def visible(user: User | None) -> Condition:
    """Which Dandisets a user may read, embargoed ones among them."""
    if user is None:
        return Condition("d.embargo_status = 'OPEN'")
    if user.admin:
        return Condition("1")
    return Condition("(d.embargo_status = 'OPEN' OR EXISTS (SELECT 1 FROM owner o WHERE o.dandiset = d.identifier AND o.user = ?))", (user.id,))


class Found(msgspec.Struct, frozen=True):
    """A list of Dandisets that has been asked for, page by page."""

    store: Store
    where: str
    values: tuple[Value, ...]
    order: str

    @property
    def count(self) -> int:
        """How many there are."""
        return self.store.number(f"SELECT count(*) FROM dandiset d WHERE {self.where}", *self.values)  # noqa: S608 (ours, or escaped)

    def page(self, offset: int, size: int) -> list[Dandiset]:
        """Some of them, in order."""
        query = f"{select(Dandiset, 'dandiset d')} WHERE {self.where} ORDER BY {self.order} LIMIT ? OFFSET ?"
        return self.store.records(Dandiset, query, *self.values, size, offset)


def listed(store: Store, asked: Listing, user: User | None) -> Found:
    """The Dandisets that a user asks for."""
    where = [*asked.conditions, visible(user) if asked.embargoed else visible(None)]
    number = user.id if user else -1
    if not asked.drafts:
        where.append(Condition("EXISTS (SELECT 1 FROM version v WHERE v.dandiset = d.identifier AND v.version <> 'draft')"))
    if not asked.empty:
        where.append(Condition(_SHOWN.format("v.asset_count") + " > 0"))
    if asked.starred:
        where.append(Condition("EXISTS (SELECT 1 FROM star s WHERE s.dandiset = d.identifier AND s.user = ?)", (number,)))
    if asked.mine:
        where.append(Condition("EXISTS (SELECT 1 FROM owner o WHERE o.dandiset = d.identifier AND o.user = ?)", (number,)))
    sql = " AND ".join(condition.sql for condition in where)
    values = tuple(value for condition in where for value in condition.values)
    return Found(store, sql, values, _order(asked, number))


def _order(asked: Listing, user: int) -> str:
    column = _ORDERS.get(asked.order.removeprefix("-"))
    if column:
        return f"{column} {'DESC' if asked.order.startswith('-') else 'ASC'}, d.identifier"
    if asked.starred:
        return f"(SELECT s.id FROM star s WHERE s.dandiset = d.identifier AND s.user = {user}) DESC"  # noqa: S608 (a number)
    return "d.created, d.identifier"


def first_unembargoing(store: Store) -> Dandiset | None:
    """A Dandiset that is being opened."""
    return store.record(Dandiset, f"{select(Dandiset, 'dandiset d')} WHERE d.embargo_status = 'UNEMBARGOING' LIMIT 1")


def open_to_all(store: Store, identifier: str, day: str) -> None:
    """Opens an embargoed Dandiset; `day` is today."""
    store.run("UPDATE dandiset SET embargo_status = 'OPEN', embargoed_until = ? WHERE identifier = ?", day, identifier)


def begin_unembargo(store: Store, identifier: str) -> None:
    """Notes that an embargoed Dandiset shall be opened."""
    store.run("UPDATE dandiset SET embargo_status = 'UNEMBARGOING' WHERE identifier = ?", identifier)


def next_identifier(store: Store) -> str:
    """A number that no Dandiset has or had."""
    last = max(int(store.setting("last identifier") or 0), store.number("SELECT max(CAST(identifier AS INT)) FROM dandiset"))
    return f"{last + 1:06}"


def add(store: Store, dandiset: Dandiset, owner: User) -> None:
    """Adds a Dandiset with its owner."""
    store.insert("dandiset", [msgspec.structs.astuple(dandiset)])
    store.insert("owner", [(dandiset.identifier, owner.id)])
    store.set_setting("last identifier", str(max(int(store.setting("last identifier") or 0), int(dandiset.identifier))))


def delete(store: Store, identifier: str) -> None:
    """Deletes a Dandiset with all that is in it; the bytes of blobs stay, for others may have them too."""
    for table in ("held", "folder"):
        store.run(f"DELETE FROM {table} WHERE version IN (SELECT id FROM version WHERE dandiset = ?)", identifier)  # noqa: S608 (our own names)
    store.run("DELETE FROM zarr_file WHERE zarr_id IN (SELECT zarr_id FROM zarr WHERE dandiset = ?)", identifier)
    store.run("DELETE FROM fact WHERE asset IN (SELECT id FROM asset WHERE dandiset = ?)", identifier)
    for table in ("owner", "star", "version", "zarr", "asset"):
        store.run(f"DELETE FROM {table} WHERE dandiset = ?", identifier)  # noqa: S608 (our own names)
    store.run("DELETE FROM dandiset WHERE identifier = ?", identifier)
