"""Ids that sort by the time at which they were made."""

from uuid import UUID


def uuid7(at_ms: int, random: bytes) -> UUID:
    """Return a UUID of version 7.

    Args:
        at_ms: UTC ms.
        random: 10 bytes.

    Source: RFC 9562, section 5.7.
    """
    value = (at_ms & (1 << 48) - 1) << 80 | int.from_bytes(random, "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)
