"""The tree of assets: what shows follows from what is unfolded, whatever was done before."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dandi_tui.widgets.fuzzy import Pattern
from dandi_tui.widgets.path_filter import PathFilter
from dandi_tui.widgets.tree_matches import TreeMatches
from dandi_tui.widgets.tree_model import TreeEntry, TreeModel


def file(path: str) -> TreeEntry:
    return TreeEntry(path, is_folder=False, files=1, size=10, asset_id="id")


def folder(path: str) -> TreeEntry:
    return TreeEntry(path, is_folder=True, files=3, size=30)


CONTENT = {
    "": [folder("a"), folder("b"), file("z.nwb")],
    "a": [folder("a/x"), file("a/1.nwb")],
    "a/x": [file("a/x/2.nwb"), file("a/x/3.nwb")],
    "b": [file("b/4.nwb")],
}


def shown(tree: TreeModel) -> list[str]:
    return ["  " * (row := tree.row(at)).depth + (row.note or row.entry.path) for at in range(len(tree))]


def plainly(unfolded: set[str], root: str, depth: int = 0) -> list[str]:
    """The rows by plain recursion."""
    rows = []
    for entry in CONTENT.get(root, []):
        rows.append("  " * depth + entry.path)
        if entry.path in unfolded:
            rows += plainly(unfolded, entry.path, depth + 1)
    return rows


@given(st.lists(st.tuples(st.sampled_from(["unfold", "fold"]), st.sampled_from(["a", "b", "a/x"])), max_size=12), st.sampled_from(["", "a"]))
def test_rows_are_what_is_unfolded_in_whatever_order_it_was_done(acts: list[tuple[str, str]], root: str) -> None:
    tree, unfolded = TreeModel(), set()
    for path, content in CONTENT.items():
        tree.add_children(path, content, complete=True)
    for act, path in acts:
        at = tree.row_of(path)
        if at is None:
            continue
        if act == "unfold":
            assert tree.unfold(at) is None
            unfolded.add(path)
        elif tree.row(at).unfolded:
            assert tree.fold(at) == at
            unfolded.discard(path)
    tree.zoom(root)
    assert shown(tree) == plainly(unfolded, root)
    for number in range(len(tree)):
        assert tree.row_of(tree.row(number).entry.path) == number


def test_a_folder_that_is_not_known_yet_says_so_until_it_comes() -> None:
    tree = TreeModel()
    tree.add_children("", CONTENT[""], complete=True)
    assert tree.unfold(0) == "a"
    assert shown(tree) == ["a", "  loading…", "b", "z.nwb"]
    assert tree.fold(1) == 0
    tree.add_children("a", CONTENT["a"], complete=True)
    assert shown(tree) == ["a", "  a/x", "  a/1.nwb", "b", "z.nwb"]


def test_a_folders_mark_covers_all_below_and_replaces_marks_there() -> None:
    tree = TreeModel()
    tree.add_children("", CONTENT[""], complete=True)
    tree.add_children("a", CONTENT["a"], complete=True)
    tree.unfold(0)
    tree.toggle_mark(2)
    assert tree.marks == {"a/1.nwb"}
    tree.toggle_mark(0)
    assert tree.marks == {"a"}
    assert tree.is_marked("a/x/2.nwb")
    assert not tree.is_marked("ab/1.nwb")
    tree.invert_marks()
    assert tree.marks == {"b", "z.nwb"}


def test_matches_stand_below_each_folder_once() -> None:
    tree, matches = TreeModel(), TreeMatches()
    matches.add([file("a/x/2.nwb"), file("a/x/3.nwb")])
    tree.show_matches(matches)
    matches.add([file("a/y/5.nwb"), file("z.nwb")])
    assert shown(tree) == ["a", "  a/x", "    a/x/2.nwb", "    a/x/3.nwb", "  a/y", "    a/y/5.nwb", "z.nwb"]
    assert tree.row_of("a/y") == 4


@given(
    st.lists(st.text("ab/1", min_size=1, max_size=6), max_size=30, unique=True),
    st.lists(st.text("ab1", max_size=3), min_size=1, max_size=5),
    st.integers(0, 30),
)
def test_narrowing_letter_by_letter_finds_what_looking_anew_would(paths: list[str], patterns: list[str], late: int) -> None:
    entries = [file(path) for path in sorted(paths)]
    narrowing = PathFilter()
    narrowing.add(entries[:late])
    for text in patterns:
        matches = narrowing.start(Pattern.parse(text))
        while narrowing.look():
            pass
    narrowing.add(entries[late:])
    while narrowing.look():
        pass
    pattern = Pattern.parse(patterns[-1])
    if pattern:
        assert matches is not None
        assert [entry.path for entry in matches.files] == [entry.path for entry in entries if pattern.matches(entry.path)]
    else:
        assert matches is None


def test_folders_are_sorted_each_by_itself_and_go_back_to_how_they_came() -> None:
    tree = TreeModel()
    sizes = {"a": 5, "b": 30, "z.nwb": 20}
    tree.add_children("", [TreeEntry(name, "." not in name, 1, size, "") for name, size in sizes.items()], complete=True)
    tree.add_children("b", [TreeEntry(f"b/{size}.nwb", is_folder=False, files=1, size=size) for size in (1, 3)], complete=False)
    tree.add_children("b", [TreeEntry("b/2.nwb", is_folder=False, files=1, size=2)], complete=True)
    tree.unfold(1)
    came = shown(tree)
    tree.sort_by("size")
    assert [tree.row(row).entry.path for row in range(len(tree))] == ["b", "b/3.nwb", "b/2.nwb", "b/1.nwb", "z.nwb", "a"]
    assert [tree.row_of(tree.row(row).entry.path) for row in range(len(tree))] == list(range(6))
    tree.sort_by("name")
    assert shown(tree) == came
