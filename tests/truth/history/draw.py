# SPDX-License-Identifier: Apache-2.0
"""Choices drawn from digests: the same key gives the same choice on every machine and in every version of Python."""

import hashlib


def number(bound, *key):
    """0 … bound - 1."""
    digest = hashlib.sha256("\x1f".join(map(str, key)).encode()).digest()
    return int.from_bytes(digest[:8], "big") % bound


def one(options, *key):
    return options[number(len(options), *key)]


def some(options, count, *key):
    """`count` of the options, or all, in an order that the key gives."""
    return sorted(options, key=lambda option: number(1 << 62, *key, option))[:count]


def word(*key):
    """Eight letters and digits that occur nowhere else, beginning with a letter."""
    digest = hashlib.sha256("\x1f".join(map(str, key)).encode()).hexdigest()
    return "w" + digest[:7]
