"""Messages to the service manager, without python-systemd."""

import logging
import socket

log = logging.getLogger(__name__)


def send(address: str, message: str) -> bool:
    """Send one sd_notify message; return False when nobody listens.

    Args:
        address: What ``NOTIFY_SOCKET`` says; empty: nobody listens.
        message: E.g. ``READY=1``.

    Source: sd_notify(3), systemd 252.
    """
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
        try:
            out.connect(address)
            out.sendall(message.encode())
        except OSError as error:
            log.debug("service manager does not listen", extra={"error": str(error)})
            return False
    return True
