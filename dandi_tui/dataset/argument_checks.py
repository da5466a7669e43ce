"""hdmf's check of the arguments of its functions, made quick for calls that are right.

Nearly each function of hdmf and pynwb checks its arguments against a declaration (`docval`), some thousand times for a small file,
and looks through the whole declaration each time: half of the time that pynwb takes. A right call has one outcome: the arguments
with the defaults of those that are missing. `Quick` finds it, remembering which types an argument was found to take; whatever else
it meets, it hands the call to hdmf's own function, so that everything that is wrong is judged and worded by that.

It is put in place only where hdmf's function is, letter by letter, the one that it was made for.
"""

from __future__ import annotations

import copy
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

KNOWN = frozenset({"0111a45a73ea7980"})
"""Digests of the text of `hdmf.utils.__parse_args` whose outcome `Quick` gives."""
_NAME = "__parse_args"
_FIXED = (type(None), bool, int, float, str)
_MISSING = object()


class _Argument(NamedTuple):
    """One declared argument.

    Attributes:
        name: Its name.
        type: What it is declared to take.
        needed: Whether it has no default.
        default: What stands for it where it is not given.
        fixed: Whether the default can't be changed, so that all calls may share it.
        none: Whether it may be None.
        further: Whether more than its type is checked.
        passed: Types of values that were found to be right.
    """

    name: str
    type: Any
    needed: bool
    default: Any
    fixed: bool
    none: bool
    further: bool
    passed: set[type]


class Quick:
    """Takes the place of hdmf's function.

    Args:
        whole: hdmf's function.
        check_type: hdmf's check of one value.
        wrapper: The class of values that stand for others.
    """

    def __init__(self, whole: Callable[..., dict[str, Any]], check_type: Callable[..., bool], wrapper: type) -> None:
        self._whole, self._check_type, self._wrapper = whole, check_type, wrapper
        # By the list's number: the list is kept, so that its number stays its own.
        self._declared: dict[int, tuple[list[dict[str, Any]], tuple[_Argument, ...] | None]] = {}

    def __call__(
        self, validator: list[dict[str, Any]], args: tuple[Any, ...], kwargs: dict[str, Any], enforce_type: bool = True, enforce_shape: bool = True,
        allow_extra: bool = False, allow_positional: Any = True,  # noqa: ANN401
    ) -> dict[str, Any]:  # fmt: skip
        """What hdmf's function gives for the same."""
        declared = self._declared.get(id(validator)) or self._declare(validator)
        if declared[1] is not None and enforce_type and (not args or allow_positional is True):
            try:
                found = self._right(declared[1], args, kwargs)
            except Exception:  # noqa: BLE001 (a check of a type may raise anything: hdmf's function says so in its words)
                found = None
            if found is not None:
                return {"args": found, "future_warnings": [], "type_errors": [], "value_errors": [], "syntax_errors": []}
        return self._whole(
            validator, args, kwargs, enforce_type=enforce_type, enforce_shape=enforce_shape, allow_extra=allow_extra, allow_positional=allow_positional
        )

    def _right(self, declared: tuple[_Argument, ...], args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any] | None:
        """The arguments of a call that is right; None of one that may not be."""
        found: dict[str, Any] = {}
        at, named, given = 0, 0, len(args)
        for one in declared:
            value = kwargs.get(one.name, _MISSING) if kwargs else _MISSING
            if value is not _MISSING:
                named += 1
                if one.needed:
                    if at < given:
                        return None
                    at += 1
            elif at < given:
                value = args[at]
                at += 1
            elif one.needed:
                return None
            else:
                value = one.default if one.fixed else copy.deepcopy(one.default)
            if value is None:
                if not one.none:
                    return None
            elif one.further or (type(value) not in one.passed and not self._passes(one, value)):
                return None
            found[one.name] = value
        return found if named == len(kwargs) and at >= given else None

    def _passes(self, one: _Argument, value: Any) -> bool:  # noqa: ANN401
        """Whether a value is right for an argument, which for others of its type is known from then on."""
        if isinstance(value, self._wrapper) or not self._check_type(value, one.type):
            return False
        one.passed.add(type(value))
        return True

    def _declare(self, validator: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], tuple[_Argument, ...] | None]:
        made = tuple(map(_argument, validator))
        usable = bool(made) and len({one.name for one in made}) == len(made)
        self._declared[id(validator)] = (validator, made if usable else None)
        return self._declared[id(validator)]


def _argument(declared: dict[str, Any]) -> _Argument:
    default = declared.get("default", _MISSING)
    return _Argument(
        name=declared["name"],
        type=declared["type"],
        needed=default is _MISSING,
        default=default,
        fixed=type(default) in _FIXED,
        none=default is None or bool(declared.get("allow_none", False) and default is not _MISSING),
        further="shape" in declared or "enum" in declared,
        passed=set(),
    )


def make_quick() -> bool:
    """Puts `Quick` in the place of hdmf's function, where that is one that is known; whether it was."""
    from hdmf import utils
    from hdmf.term_set import TermSetWrapper

    whole = vars(utils).get(_NAME)
    if isinstance(whole, Quick):
        return True
    if whole is None or text_digest() not in KNOWN:
        return False
    vars(utils)[_NAME] = Quick(whole, utils.check_type, TermSetWrapper)
    return True


def text_digest() -> str:
    """The digest of hdmf's functions that `Quick` stands for: of the text from the check of a type to the end of the parsing."""
    from hdmf import utils

    text = Path(str(utils.__file__)).read_text(encoding="utf-8")
    start, end = text.find("def check_type("), text.find("\ndocval_idx_name")
    return hashlib.sha256(text[start:end].encode()).hexdigest()[:16] if 0 <= start < end else ""
