"""Logs: logfmt on stderr, from there to the journal. A constant message, facts as fields.

``log.info("sensor lost", extra={"sensor": "climate", "code": "hardware.absent"})``
"""

import logging
import sys
from typing import Final

_STANDARD: Final = frozenset(vars(logging.makeLogRecord({})))
_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}


class Logfmt(logging.Formatter):
    """Formats a record as ``level=… logger=… msg=… key=value …``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line; a traceback is appended as it is."""
        fields = [
            f"level={record.levelname.lower()}",
            f"logger={record.name}",
            f"msg={_quoted(record.getMessage())}",
        ]
        for key, value in record.__dict__.items():
            if key not in _STANDARD and key not in {"message", "taskName"}:
                fields.append(f"{key}={_quoted(value)}")
        line = " ".join(fields)
        if record.exc_info:
            line = f"{line}\n{self.formatException(record.exc_info)}"
        return line


def _quoted(value: object) -> str:
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    if text and all(c.isprintable() and c not in ' "=' for c in text):
        return text
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    return char if char.isprintable() else char.encode("unicode_escape").decode()


def set_up(level: str = "info") -> None:
    """Send all logs of this process to stderr as logfmt."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Logfmt())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(_LEVELS[level])
    for noisy in ("werkzeug", "engineio", "socketio", "paho"):
        logging.getLogger(noisy).setLevel(max(_LEVELS[level], logging.WARNING))
