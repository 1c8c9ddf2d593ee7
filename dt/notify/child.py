"""Starts the process that sends. It gets the very configuration of who starts it."""

import logging
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, NoReturn

import msgspec

from dt import config as configuration
from dt.config import Config

GIVEN = "--config-on-stdin"
TEST_WITHIN_S = 45.0


class Tested(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a test; `error` is empty when it was sent."""

    channel: str
    error: str
    took_ms: int


def start(
    config: Config, *arguments: str, out: IO[bytes] | None = None
) -> "subprocess.Popen[bytes]":
    """Start ``dt notify …`` with a configuration that no disk and no `ps` sees.

    Args:
        config: Of this appliance.
        arguments: Of ``dt notify``.
        out: Where what it says goes; None: nowhere.
    """
    file = os.memfd_create("dt-config", os.MFD_CLOEXEC)
    try:
        os.write(file, configuration.effective(config))
        os.lseek(file, 0, os.SEEK_SET)
        return subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-P", "-m", "dt", "notify", *arguments, GIVEN],
            stdin=file,
            stdout=subprocess.DEVNULL if out is None else out,
        )
    finally:
        os.close(file)


def stand_back() -> None:
    """Let control go first: take the processor last, and be the first to go for memory."""
    with suppress(OSError):
        os.nice(10)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")


def leave(code: int) -> NoReturn:
    """End this process at once.

    A server that never ends its answer holds a thread of the library; the interpreter
    would wait for it, and everybody else for the interpreter.
    """
    logging.shutdown()
    with suppress(OSError):
        sys.stdout.flush()
    os._exit(code)


def run_test(config: Config, channel: str, within_s: float = TEST_WITHIN_S) -> Tested:
    """Send a test message from a process of its own; return what became of it.

    Args:
        config: Of this appliance.
        channel: Name of the channel.
        within_s: After which the process is ended.
    """
    began = time.monotonic()
    with os.fdopen(os.memfd_create("dt-test", os.MFD_CLOEXEC), "w+b") as said:
        process = start(config, "test", channel, "--json", out=said)
        while process.poll() is None:
            if time.monotonic() - began > within_s:
                process.kill()
                process.wait()
            else:
                time.sleep(0.05)  # others are served meanwhile
        said.seek(0)
        text = said.read()
    took_ms = round((time.monotonic() - began) * 1000)
    try:
        return msgspec.json.decode(text, type=Tested)
    except msgspec.DecodeError:
        why = f"the process that sends ended with code {process.returncode}"
        return Tested(channel=channel, error=why, took_ms=took_ms)
