"""Signals that look like recorded ones, made of a seed: spike trains, traces, movies, paths, images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def poisson_spikes(random: np.random.Generator, rate: float, seconds: float) -> NDArray[np.float64]:
    """Spike times in seconds, sorted, of a unit that fires at `rate` Hz."""
    return np.sort(random.uniform(0, seconds, random.poisson(rate * seconds)))


def responding_spikes(random: np.random.Generator, events: NDArray[np.float64], seconds: float, *, rate: float, gain: float) -> NDArray[np.float64]:
    """Spike times of a unit that fires more, by `gain`, from 50 to 250 ms after each event."""
    extra = [event + random.uniform(0.05, 0.25, random.poisson(rate * gain * 0.2)) for event in events]
    return np.sort(np.concatenate([poisson_spikes(random, rate, seconds), *extra]))


def extracellular(random: np.random.Generator, seconds: float, hertz: float, channels: int) -> NDArray[np.int16]:
    """Traces, (time, channels) in tenths of a microvolt: a theta rhythm, noise, and spikes on neighbouring channels."""
    count = int(seconds * hertz)
    time = np.arange(count) / hertz
    depth = np.linspace(0.4, 1.0, channels)
    rhythm = 600 * np.sin(2 * np.pi * 7 * time)[:, None] * depth
    traces = rhythm + random.normal(0, 90, (count, channels))
    width = int(0.0016 * hertz)
    shape = -np.exp(-(np.linspace(-1, 4, width) ** 2)) * 1800
    for unit in range(channels):
        for start in (poisson_spikes(random, 6, seconds) * hertz).astype(int):
            end = min(count, start + width)
            traces[start:end, unit] += shape[: end - start]
    return traces.astype(np.int16)


def walk(random: np.random.Generator, count: int, size: float) -> NDArray[np.float64]:
    """A path, (time, 2) in metres, of an animal that wanders in a square of `size` metres."""
    turns = np.cumsum(random.normal(0, 0.25, count))
    steps = np.stack([np.cos(turns), np.sin(turns)], axis=1) * 0.02
    unfolded = np.cumsum(steps, axis=0) + size / 2
    folded = np.mod(unfolded, 2 * size)
    path: NDArray[np.float64] = np.where(folded > size, 2 * size - folded, folded)
    return path


def movie(random: np.random.Generator, frames: int, height: int, width: int, cells: int) -> tuple[NDArray[np.uint16], NDArray[np.float32], NDArray[np.float32]]:
    """A calcium imaging movie (time, height, width), its masks (cells, height, width), and traces (time, cells)."""
    rows, columns = np.mgrid[0:height, 0:width]
    centres = random.uniform(6, [height - 6, width - 6], (cells, 2))
    masks = np.stack([np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 9) for row, column in centres])
    masks[masks < 0.3] = 0
    events = (random.random((frames, cells)) < 0.02).astype(float)
    kernel = np.exp(-np.arange(40) / 12)
    traces = np.stack([np.convolve(events[:, cell], kernel)[:frames] for cell in range(cells)], axis=1)
    light = np.tensordot(traces, masks, axes=1) * 400 + masks.sum(0) * 120 + 200
    noisy = random.poisson(np.clip(light, 1, None))
    return noisy.astype(np.uint16), masks.astype(np.float32), traces.astype(np.float32)


def texture(random: np.random.Generator, height: int, width: int) -> NDArray[np.uint8]:
    """A picture with the spectrum of natural scenes, (height, width), 0 to 255."""
    frequencies = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None, :])
    frequencies[0, 0] = 1
    waves = np.fft.fft2(random.normal(0, 1, (height, width))) / frequencies
    waves[0, 0] = 0
    picture = np.real(np.fft.ifft2(waves))
    scaled = (picture - picture.min()) / np.ptp(picture) * 255
    made: NDArray[np.uint8] = scaled.astype(np.uint8)
    return made
