"""Streams of keys and values: shapes, errors by level, damage, the way each chunk comes."""

import numpy as np
import pytest

from ragzip.errors import InputError, OptionError
from ragzip.soft.kv import Chunk, ways_of
from ragzip.soft.kv_codec import LEVELS, KeyValues, decoded, encoded, head_of

pytest.importorskip("zstandard")


def key_values(layers=6, heads=2, tokens=137, width=16, seed=0):
    """Slowly moving values, fast rotating keys, and first tokens far from all others."""
    rng = np.random.default_rng(seed)
    walk = np.cumsum(rng.normal(size=(layers, heads, tokens, width)), axis=2) * rng.uniform(
        0.1, 3, (1, heads, 1, width)
    )
    phase = np.arange(tokens)[:, None] * rng.uniform(0.01, 2, width)
    keys = (
        5 * np.sin(phase) + rng.normal(size=(layers, heads, tokens, width)) + rng.normal(size=(1, heads, 1, width)) * 9
    )
    keys[:, :, 0] *= 20
    return KeyValues(keys.astype(np.float32), walk.astype(np.float32))


def error(given, found):
    """Root mean square of the error behind the first tokens, as a share of the spread of each channel."""
    shares = [
        np.sqrt(np.square(a - b)[:, :, 4:].mean(axis=2)) / np.maximum(a[:, :, 4:].std(axis=2), 1e-6)
        for a, b in zip(given, found, strict=True)
    ]
    return float(np.mean(shares))


@pytest.mark.parametrize("tokens", [1, 3, 4, 5, 14, 15, 137])
def test_any_number_of_tokens(tokens):
    given = key_values(tokens=tokens)
    found = decoded(encoded(given))
    assert found.tokens == tokens and found.keys.shape == given.keys.shape
    np.testing.assert_allclose(found.keys[:, :, :4], given.keys[:, :, :4], rtol=1e-3, atol=1e-3)
    assert error(given, found) < 0.3 if tokens > 5 else True


def test_levels_trade_size_for_exactness():
    given = key_values(tokens=600)
    streams = {level: encoded(given, level) for level in LEVELS}
    sizes = [len(streams[level]) for level in LEVELS]
    errors = [error(given, decoded(streams[level])) for level in LEVELS]
    assert sizes == sorted(sizes, reverse=True) and errors == sorted(errors) and errors[-1] < 0.45
    assert given.float16_bytes / sizes[1] > 3.5


def test_equal_channels_and_shapes_of_their_own():
    flat = KeyValues(np.ones((2, 1, 30, 4), np.float32), np.zeros((2, 1, 30, 6), np.float32))
    found = decoded(encoded(flat))
    np.testing.assert_allclose(found.keys, flat.keys, atol=1e-2)
    assert found.values.shape == (2, 1, 30, 6) and not found.values.any()


def test_what_a_stream_is_of():
    stream = encoded(key_values(), "coarse", about="model:text")
    assert head_of(stream).about == "model:text" and head_of(stream).level == "coarse"
    with pytest.raises(InputError, match="expected those of 'other'"):
        decoded(stream, about="other")
    with pytest.raises(OptionError, match="level"):
        encoded(key_values(), "best")
    with pytest.raises(InputError, match="shapes"):
        encoded(KeyValues(np.zeros((2, 2, 3), np.float32), np.zeros((2, 2, 3), np.float32)))
    with pytest.raises(InputError, match="not finite"):
        encoded(KeyValues(np.full((1, 1, 9, 2), np.inf, np.float32), np.zeros((1, 1, 9, 2), np.float32)))


def test_damaged_streams_have_typed_errors():
    stream = encoded(key_values(layers=2, tokens=40))
    rng = np.random.default_rng(3)
    exact = decoded(stream)
    for number in range(300):
        damaged = bytearray(stream)
        if number % 2:
            del damaged[int(rng.integers(len(stream))) :]
        else:
            damaged[int(rng.integers(len(stream)))] ^= int(rng.integers(1, 256))
        try:
            found = decoded(bytes(damaged))
        except InputError as failure:
            assert "stream" in str(failure)
        else:
            assert np.array_equal(found.keys, exact.keys) and np.array_equal(found.values, exact.values)


def test_each_chunk_comes_the_best_way_that_is_in_time():
    chunk = Chunk(256, {"fine": 1_400_000, "medium": 1_200_000, "coarse": 800_000})
    quick_network = {"bytes_per_second": 1e9, "seconds_per_token": 1e-3}
    assert ways_of([chunk] * 3, **quick_network) == ["fine"] * 3
    assert ways_of([chunk] * 3, bytes_per_second=1e5, seconds_per_token=1e-3) == ["text"] * 3
    slow = {"bytes_per_second": 1e6, "seconds_per_token": 1e-1}
    assert ways_of([chunk] * 3, seconds=3.7, **slow) == ["medium"] * 3
    assert ways_of([chunk] * 3, seconds=2.5, **slow) == ["coarse"] * 3
    assert ways_of([chunk] * 3, seconds=4.0, **slow)[-1] == "fine"  # what the first ones left over
    assert ways_of([chunk] * 3, seconds=0.1, **slow) == ["coarse"] * 3
    with pytest.raises(OptionError, match="bytes_per_second"):
        ways_of([chunk], bytes_per_second=0, seconds_per_token=1)


@pytest.mark.parametrize("make", [
    lambda: Chunk(-1, {}), lambda: Chunk(3, {"fine": -3}), lambda: Chunk(2.5, {}), lambda: Chunk(3, [1]),
    lambda: ways_of(["x"], bytes_per_second=1, seconds_per_token=1),
    lambda: ways_of("x", bytes_per_second=1, seconds_per_token=1),
    lambda: ways_of(None, bytes_per_second=1, seconds_per_token=1),
])  # fmt: skip
def test_what_is_no_chunk(make):
    with pytest.raises(OptionError, match="received"):
        make()
