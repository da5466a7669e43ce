"""What panes with a tree have in common: what the cursor stands on, folding, going out of it."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from dandi_tui.screens.pane import Pane
from dandi_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from dandi_tui.widgets.tree_model import TreeEntry, TreeModel


class HasModel(Protocol):
    """The rows of a tree."""

    model: TreeModel

    def __len__(self) -> int:
        """How many rows there are."""


R = TypeVar("R", bound=HasModel)


class TreePane(Pane, Generic[R]):
    """A pane with a tree, a list of the identifier `tree`."""

    rows: R

    def entry(self) -> TreeEntry | None:
        """What is under the cursor; None for a note, or where there is nothing."""
        tree = self.query_one("#tree", LineList)
        row = self.rows.model.row(tree.cursor) if tree.cursor < len(self.rows) else None
        return row.entry if row and not row.note else None

    def do_fold(self) -> None:
        """Folds, or goes to the parent; at the top, out."""
        tree = self.query_one("#tree", LineList)
        row = self.rows.model.fold(tree.cursor) if tree.cursor < len(self.rows) else None
        if row is None:
            self.do_fold_out()
        else:
            tree.reload(cursor=row)

    def do_fold_out(self) -> None:
        """Out of the tree."""
        self.tui.go_out()

    @abstractmethod
    def do_enter(self) -> None:
        """Opens what is under the cursor."""

    def on_line_list_clicked(self) -> None:
        """A click on the cursor's row opens it."""
        self.do_enter()
