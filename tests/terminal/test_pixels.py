"""Pictures of real pixels, in a pseudo-terminal whose other side answers as terminals do: what is drawn, and what never is."""

from __future__ import annotations

import base64
import os
import re
import struct
import zlib
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest
from test_real_terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CELL = (8, 16)
KIND, KITTY, SIZE = b"\x1b[c", b"\x1b_Gi=31,", b"\x1b[16t"
CELLS_ANSWER = b"\x1b[6;16;8t"
KITTY_TERMINAL = {KIND: b"\x1b[?62;52c", KITTY: b"\x1b_Gi=31;OK\x1b\\", SIZE: CELLS_ANSWER}
SIXEL_TERMINAL = {KIND: b"\x1b[?62;4;22c", SIZE: CELLS_ANSWER}
OLD_TERMINAL = {KIND: b"\x1b[?1;2c"}
_GRAPHICS = re.compile(rb"\x1b_.*?\x1b\\|\x1bP.*?\x1b\\", re.DOTALL)
_BEGUN = re.compile(rb"\x1b[_P](?:(?!\x1b\\).)*\Z", re.DOTALL)


class Answering(Terminal):
    """A terminal that answers questions, and keeps graphics apart from text."""

    def __init__(self, answers: dict[bytes, bytes], *arguments: str, **environment: str) -> None:
        self.answers, self.held, self.asked = answers, b"", 0
        super().__init__(None, *arguments, LC_ALL="C.UTF-8", **environment)

    def feed(self, data: bytes) -> None:
        questions = re.compile(b"|".join(map(re.escape, self.answers)) or rb"\b\B")
        while found := questions.search(self.raw, self.asked):
            os.write(self.handle, self.answers[found[0]])
            self.asked = found.end()
        text = _GRAPHICS.sub(b"", self.held + data)
        begun = _BEGUN.search(text)
        self.held, text = (text[begun.start() :], text[: begun.start()]) if begun else (b"", text)
        super().feed(text)

    def until_raw(self, wanted: bytes, after: int = 0) -> bytes:
        for _ in range(300):
            if wanted in self.raw[after:]:
                return self.raw[after:]
            self.read(0.1)
        raise AssertionError((wanted, self.text))

    def rest(self) -> None:
        """Waits until nothing more is written."""
        before = -1
        while before != self.bytes:
            before = self.bytes
            self.read(0.8)


def kitty_pictures(raw: bytes) -> list[bytes]:
    """The PNGs that were sent, put together from their pieces."""
    found: list[bytes] = []
    for head, data in re.findall(rb"\x1b_G([^;\x1b]*);([^\x1b]*)\x1b\\", raw):
        if b"a=q" in head:
            continue
        assert len(data) <= 4096
        if b"a=T" in head:
            assert b"f=100" in head
            assert b"C=1" in head
            found.append(b"")
        found[-1] += data
    return [base64.b64decode(one, validate=True) for one in found]


def png_pixels(data: bytes) -> np.ndarray:
    """The pixels of a PNG of grey or RGB, filters 0 to 2, its checksums checked."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = {}, 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert zlib.crc32(kind + body) == struct.unpack(">I", data[at + 8 + length : at + 12 + length])[0]
        chunks[kind], at = body, at + 12 + length
    wide, high, depth, colour = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert depth == 8
    deep = 3 if colour == 2 else 1
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), dtype="uint8").reshape(high, 1 + wide * deep)
    filters, pixels = rows[:, 0], rows[:, 1:].reshape(high, wide, deep).copy()
    for y in range(high):
        if filters[y] == 1:
            pixels[y] = np.cumsum(pixels[y].astype(int), axis=0) % 256
        elif filters[y] == 2 and y:
            pixels[y] += pixels[y - 1]
    return pixels[..., 0] if deep == 1 else pixels


def sixel_pixels(data: bytes) -> np.ndarray:
    """The colours of sixels in percent, (rows, columns, 3); -1 where nothing was drawn."""
    size, body = re.fullmatch(rb'\x1bP0;1q"1;1;([\d;]+)(#.*)\x1b\\', data, re.DOTALL).groups()
    wide, high = (int(one) for one in size.split(b";"))
    made, colours, x, band, colour = np.full((high + 6, wide, 3), -1), {}, 0, 0, None
    for one in re.finditer(rb"#(\d+);2;(\d+);(\d+);(\d+)|#(\d+)|!(\d+)([?-~])|([?-~])|(\$)|(-)", body):
        if one[1]:
            colours[int(one[1])] = [int(one[part]) for part in (2, 3, 4)]
        elif one[5]:
            colour = colours[int(one[5])]
        elif one[9] or one[10]:
            x, band = 0, band + bool(one[10])
        else:
            count = int(one[6] or 1)
            for bit in range(6):
                if ((one[7] or one[8])[0] - 63) >> bit & 1:
                    made[band * 6 + bit, x : x + count] = colour
            x += count
    return made[:high]


@pytest.fixture
def movie(tmp_path: Path) -> tuple[Path, np.ndarray]:
    """A file with a movie of 40 frames, 30 × 20 pixels, and a single image in colour."""
    frames = np.random.default_rng(3).integers(0, 200, (40, 30, 20)).astype("uint16")
    with h5py.File(tmp_path / "movie.nwb", "w") as file:
        file.attrs["nwb_version"] = "2.6.0"
        group = file.create_group("acquisition/movie")
        group.attrs["neurodata_type"], group.attrs["namespace"] = "ImageSeries", "core"
        group["data"], group["starting_time"] = frames, 0.0
        group["starting_time"].attrs["rate"] = 30.0
    return tmp_path / "movie.nwb", frames


def levels(frame: np.ndarray) -> np.ndarray:
    """Black at the first percentile, white at the 99th; x before y; every pixel as large as fits 80 × 19 cells."""
    grown = frame.T.astype(float).repeat(15, 0).repeat(15, 1)
    low, high = np.percentile(grown, (1, 99))
    return (np.clip((grown - low) / (high - low), 0, 1) * 255).astype("uint8")


@pytest.fixture
def opened(movie: tuple[Path, np.ndarray]) -> Iterator[Callable[..., Answering]]:
    """Opens the movie in a terminal that answers so."""
    made: list[Answering] = []

    def with_answers(answers: dict[bytes, bytes], **environment: str) -> Answering:
        terminal = Answering(answers, str(movie[0]), **{"TMUX": "", "STY": "", **environment})
        made.append(terminal)
        terminal.until("40 × 30 × 20")
        terminal.press("j")
        terminal.press("\r")
        terminal.until("frame 0 of 40")
        terminal.rest()
        return terminal

    yield with_answers
    for one in made:
        one.close()


def test_the_pixels_of_a_frame_come_back_out_of_what_kitty_is_sent(opened: Callable[..., Answering], movie: tuple[Path, np.ndarray]) -> None:
    terminal = opened(KITTY_TERMINAL)
    (picture,) = kitty_pictures(terminal.raw)
    np.testing.assert_array_equal(png_pixels(picture), levels(movie[1][0]))
    assert "▀" not in terminal.text
    assert "frame 0 of 40" in terminal.text


def test_the_pixels_of_a_frame_come_back_out_of_sixels(opened: Callable[..., Answering], movie: tuple[Path, np.ndarray]) -> None:
    terminal = opened(SIXEL_TERMINAL)
    (picture,) = re.findall(rb"\x1bP.*?\x1b\\", terminal.raw, re.DOTALL)
    found = sixel_pixels(picture)
    assert found.min() >= 0
    np.testing.assert_allclose(found[..., 1] / 100 * 255, levels(movie[1][0]), atol=255 / 63 / 2 + 2)
    assert "▀" not in terminal.text


@pytest.mark.parametrize(
    ("answers", "environment"),
    [({}, {}), (OLD_TERMINAL, {}), (KITTY_TERMINAL, {"TMUX": "/tmp/tmux-0/default,1,0"}), (KITTY_TERMINAL, {"TERM": "screen-256color"})],
    ids=["no answer", "an old terminal", "within tmux", "within screen"],
)
def test_no_graphics_where_the_terminal_can_not(opened: Callable[..., Answering], answers: dict[bytes, bytes], environment: dict[str, str]) -> None:
    terminal = opened(answers, **environment)
    assert "▀" in terminal.text
    assert b"\x1b_G" not in terminal.raw
    assert b"\x1bP" not in terminal.raw


def test_sixels_within_tmux_where_it_says_that_it_draws_them(opened: Callable[..., Answering]) -> None:
    terminal = opened({KIND: b"\x1b[?1;2;4c", SIZE: CELLS_ANSWER}, TMUX="/tmp/tmux-0/default,1,0")
    assert len(re.findall(rb"\x1bP", terminal.raw)) == 1
    assert b"\x1b_G" not in terminal.raw


def test_the_terminal_is_not_asked_where_pixels_are_switched_off(opened: Callable[..., Answering], tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.toml").write_text('pixels = "no"\n')
    terminal = opened(KITTY_TERMINAL)
    assert KIND not in terminal.raw
    assert "▀" in terminal.text


def test_a_picture_goes_when_a_menu_covers_it_and_comes_back(opened: Callable[..., Answering]) -> None:
    terminal = opened(KITTY_TERMINAL)
    before = len(terminal.raw)
    terminal.press(":")
    terminal.until("Actions")
    terminal.rest()
    assert b"a=d,d=i" in terminal.raw[before:]
    assert not kitty_pictures(terminal.raw[before:])
    before = len(terminal.raw)
    terminal.press("\x1b")
    terminal.until_raw(b"a=p", before)
    terminal.rest()
    assert not kitty_pictures(terminal.raw[before:])
    before = len(terminal.raw)
    terminal.press("?")
    terminal.until("Keys that work here")
    terminal.until_raw(b"a=d,d=i", before)


def test_sixels_are_wiped_by_cells_when_a_menu_covers_them(opened: Callable[..., Answering]) -> None:
    terminal = opened(SIXEL_TERMINAL)
    before = len(terminal.raw)
    terminal.press(":")
    terminal.until("Actions")
    terminal.rest()
    assert terminal.raw[before:].count(b" " * 30) >= 10
    assert b"\x1bP" not in terminal.raw[before:]


def test_quitting_takes_the_picture_away_before_the_screen(opened: Callable[..., Answering]) -> None:
    terminal = opened(KITTY_TERMINAL)
    before = len(terminal.raw)
    terminal.press("q")
    assert terminal.ended() == 0
    left = terminal.raw[before:]
    assert -1 < left.index(b"a=d,d=I") < left.index(b"\x1b[?1049l")


def test_stepping_through_a_movie_sends_the_frame_that_it_rests_on_alone(opened: Callable[..., Answering], movie: tuple[Path, np.ndarray]) -> None:
    terminal = opened(KITTY_TERMINAL)
    before = len(terminal.raw)
    for _ in range(12):
        terminal.press("l")
        terminal.read(0.02)
    terminal.until("frame 12 of 40")
    terminal.until_raw(b"a=T", before)
    terminal.rest()
    (picture,) = kitty_pictures(terminal.raw[before:])
    np.testing.assert_array_equal(png_pixels(picture), levels(movie[1][12]))


def test_a_resize_draws_the_picture_for_the_new_size(opened: Callable[..., Answering]) -> None:
    terminal = opened(KITTY_TERMINAL)
    before = len(terminal.raw)
    terminal.resize(60, 15)
    terminal.until_raw(b"a=T", before)
    terminal.rest()
    last = kitty_pictures(terminal.raw[before:])[-1]
    assert png_pixels(last).shape == (160, 240)


def test_answers_are_no_keys_however_they_arrive() -> None:
    from dandi_tui.widgets.answering_driver import AnswerParser

    taken: list[str] = []
    parser = AnswerParser(lambda answer: taken.append(answer[0]), lambda: True)
    stream = "j\x1b[6;16;8t\x1b_Gi=31;OK\x1b\\k\x1b[?62;4cl\x1b[?2026;2$y\x1b[6~"
    for size in (1, 2, 3, 5, 100):
        keys = [event.key for at in range(0, len(stream), size) for event in parser.feed(stream[at : at + size]) if hasattr(event, "key")]
        assert keys == ["j", "k", "l", "pagedown"], size
        assert taken[-3:] == ["\x1b[6;16;8t", "\x1b_Gi=31;OK\x1b\\", "\x1b[?62;4c"]


def test_the_escape_key_is_one_while_an_answer_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    from textual import _parser

    from dandi_tui.widgets import answering_driver

    now = [100.0]
    monkeypatch.setattr(answering_driver.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(_parser, "get_time", lambda: now[0])
    parser = answering_driver.AnswerParser(lambda answer: None, lambda: True)
    assert list(parser.feed("\x1b")) == []
    keys = []
    for _ in range(4):
        now[0] += 0.15
        keys += [event.key for event in parser.tick()]
    assert keys == ["escape"]


def test_bytes_of_a_picture_are_bounded_and_still_one() -> None:
    from dandi_tui.nwb.drawn import drawn

    noise = np.random.default_rng(1).integers(0, 256, (600, 900)).astype("uint8")
    coloured = np.random.default_rng(2).integers(0, 256, (300, 400, 3)).astype("uint8")
    for levels_of in (noise, coloured):
        made = drawn(levels_of, "png", 60_000)
        assert len(made) <= 60_000
        assert png_pixels(made).shape == levels_of.shape
        made = drawn(levels_of, "sixel", 60_000)
        assert len(made) <= 60_000
        assert sixel_pixels(made).shape[:2] == levels_of.shape[:2]


def test_colours_come_back() -> None:
    from dandi_tui.nwb.drawn import as_png, as_sixels

    picture = np.random.default_rng(4).integers(0, 256, (31, 44, 3)).astype("uint8")
    np.testing.assert_array_equal(png_pixels(as_png(picture)), picture)
    np.testing.assert_allclose(sixel_pixels(as_sixels(picture, 6)) / 100 * 255, picture, atol=255 / 5 / 2 + 2)


def test_what_is_no_sixel_is_not_written() -> None:
    from dandi_tui.widgets.pixels import Drawing, placed

    assert placed(Drawing(0, 0, 1, 1, "sixel", b"\x1bP0;1q\x1b]52;c;QQ==\x07\x1b\\")) == ""
