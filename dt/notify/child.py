"""Starts the process that sends. It gets the very configuration of who starts it."""

import os
import subprocess
import sys
from typing import IO

from dt import config as configuration
from dt.config import Config

GIVEN = "--config-on-stdin"


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
