"""A diagnostics archive that may be shown to others: without secrets."""

import importlib.metadata
import io
import platform
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from dt import __version__
from dt.channels import without_secrets
from dt.clock import Clock
from dt.config import Config
from dt.errors import DtError
from dt.store.log import Log
from dt.twin.reader import TwinSet

SECRET = re.compile(r"(?i)pass(word|wd|phrase)?|secret|token|credential|api.?key|auth")
_HIDDEN = "(hidden)"
_IN_URL = re.compile(r"(?<=://)[^/@\s]+(?=@)")
_IN_LOG = re.compile(
    r"(?i)\b(\w*(?:password|passwd|secret|token|api_?key)\w*)(\s*[=:]\s*)(\"[^\"]*\"|\S+)"
)
_LOG_LINES = 500


def write(
    path: Path, config: Config, twins: TwinSet, report: msgspec.Struct, clock: Clock
) -> None:
    """Write a ``.tar.gz`` with configuration, versions, report, health and log lines.

    Values of keys that may be secret, and users in URLs, are hidden.

    Args:
        path: Of the archive; its folder exists.
        config: Of the appliance.
        twins: Its twins, and the files that are broken.
        report: What `dt doctor` says.
        clock: Gives the archive's time.
    """
    parts = {
        "config.json": _json(
            msgspec.structs.replace(config, notify=without_secrets(config.notify))
        ),
        "twins.json": _json(twins.twins),
        "doctor.json": _json(report),
        "versions.json": _json(_versions()),
        "health.json": _json(_health(config, clock)),
        "log.txt": _log().encode(),
    }
    with tarfile.open(path, "w:gz") as archive:
        for name, data in parts.items():
            entry = tarfile.TarInfo(f"dt-diagnostics/{name}")
            entry.size, entry.mtime = len(data), clock.now_ms() // 1000
            archive.addfile(entry, io.BytesIO(data))


def redacted(value: Any, key: str = "") -> Any:
    """Return a value with what may be secret hidden, at any depth."""
    if isinstance(value, Mapping):
        return {name: redacted(part, str(name)) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [redacted(part, key) for part in value]
    if value and SECRET.search(key) and not isinstance(value, bool):
        return _HIDDEN
    return _IN_URL.sub(_HIDDEN, value) if isinstance(value, str) else value


def redacted_text(text: str) -> str:
    """Return log lines with what may be secret hidden."""
    return _IN_URL.sub(_HIDDEN, _IN_LOG.sub(rf"\1\2{_HIDDEN}", text))


def _json(value: object) -> bytes:
    plain = msgspec.to_builtins(value, enc_hook=_number)
    return msgspec.json.format(msgspec.json.encode(redacted(plain)), indent=2)


def _number(value: Any) -> float:
    """Return a duration or a size as a plain number."""
    return int(value) if isinstance(value, int) else float(value)


def _versions() -> dict[str, object]:
    packages = {
        found.metadata["Name"]: found.version
        for found in importlib.metadata.distributions()
    }
    model = Path("/proc/device-tree/model")
    return {
        "dt": __version__,
        "python": sys.version,
        "system": platform.platform(),
        "machine": model.read_text().rstrip("\0") if model.exists() else platform.machine(),
        "packages": dict(sorted(packages.items())),
    }


def _health(config: Config, clock: Clock) -> object:
    """Return what the store says, if this appliance has one."""
    if not (config.data_dir / "telemetry.db").exists():
        return {"store": "none yet"}
    try:
        log = Log.open(config, clock)
    except DtError as error:
        return {"store": str(error), "code": error.code}
    try:
        return {
            "appliance": log.appliance,
            "processes": log.processes(),
            "sensors": log.sensors(),
            "store": log.health(),
        }
    finally:
        log.close()


def _log() -> str:
    """Return the last lines that the services logged, if there is a journal."""
    journal = shutil.which("journalctl")
    if journal is None:
        return "this machine has no journal\n"
    wanted = ("-u", "dt-*", "-n", str(_LOG_LINES), "-o", "short-iso", "--no-pager")
    done = subprocess.run(  # noqa: S603 - a fixed command
        [journal, *wanted], capture_output=True, text=True, check=False, timeout=20
    )
    return redacted_text(done.stdout or done.stderr)
