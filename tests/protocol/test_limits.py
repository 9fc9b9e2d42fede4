"""Limits: sizes as people write them."""

from __future__ import annotations

import pytest

from jobnb.protocol import (
    parse_size,
    size_of,
)


@pytest.mark.parametrize(
    ("said", "size"),
    [(7, 7), ("7", 7), ("512 MiB", 512 * 1024**2), ("1.5GB", 1_500_000_000), ("2 kib", 2048)],
)
def test_a_size_is_bytes_or_a_text_with_a_unit(said, size):
    assert parse_size(said) == size


@pytest.mark.parametrize("said", [-1, True, 1.5, "much", "1 XB", "", None])
def test_what_is_no_size_is_refused(said):
    with pytest.raises(ValueError, match="512 MiB"):
        parse_size(said)


@pytest.mark.parametrize(
    ("size", "text"), [(1000, "1000 bytes"), (1536, "1.5 KiB"), (300 * 1024**2, "300 MiB")]
)
def test_a_size_is_written_as_a_limit_is(size, text):
    assert size_of(size) == text
