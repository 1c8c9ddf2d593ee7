"""A JSON array too large for the memory, item by item."""

import codecs
import json
from collections.abc import Iterator
from typing import BinaryIO

from dt.errors import RequestError

_READ = 1 << 18
_LONGEST = 1_000_000
_BETWEEN = " \t\r\n,"


def items(stream: BinaryIO) -> Iterator[object]:
    """Yield the items of the one array that a UTF-8 stream is.

    Raises:
        RequestError: It is no array, or ends too early.
    """
    blocks = _blocks(stream)
    buffer = ""
    for block in blocks:
        buffer = (buffer + block).lstrip()
        if buffer:
            break
    if not buffer.startswith("["):
        raise RequestError("the file is no JSON array: expected it to begin with [")
    yield from _each(buffer[1:], blocks)


def _each(buffer: str, blocks: Iterator[str]) -> Iterator[object]:
    decoder = json.JSONDecoder()
    more = True
    while True:
        at = 0
        while at < len(buffer):
            at = _next(buffer, at)
            if buffer.startswith("]", at):
                return
            try:
                item, end = decoder.raw_decode(buffer, at)
            except json.JSONDecodeError as error:
                if len(buffer) - at > _LONGEST or (not more and at < len(buffer)):
                    raise RequestError(f"the file is no JSON: {error.msg}") from error
                break
            if end == len(buffer) and more:
                break  # a number may go on in the next block
            yield item
            at = end
        if not more:
            raise RequestError("the file ends before its JSON array does")
        block = next(blocks, "")
        more = bool(block)
        buffer = buffer[at:] + block


def _next(buffer: str, at: int) -> int:
    while at < len(buffer) and buffer[at] in _BETWEEN:
        at += 1
    return at


def _blocks(stream: BinaryIO) -> Iterator[str]:
    text = codecs.getreader("utf-8-sig")(stream)
    try:
        while block := text.read(_READ, _READ):
            yield block
    except UnicodeDecodeError as error:
        raise RequestError(f"the file is no UTF-8 text: {error.reason}") from error
