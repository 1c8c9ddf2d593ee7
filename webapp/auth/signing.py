"""The key that signs our cookies: random, made once, for the owner's eyes only.

It lies in ``web-key`` in the data folder and in no backup: without it a new one is made,
and whoever has a form open loads the page again.
"""

import os
import secrets

from dt.config import Config

FILE = "web-key"
_LENGTH = 43


def key(config: Config) -> str:
    """Return this appliance's key; the first call ever makes it.

    Raises:
        OSError: The data folder cannot be read or written.
    """
    path = config.data_dir / FILE
    kept = path.read_text().strip() if path.exists() else ""
    if len(kept) >= _LENGTH:
        return kept
    made = secrets.token_urlsafe(32)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    flags = os.O_CREAT | os.O_WRONLY | os.O_EXCL
    with os.fdopen(os.open(draft, flags, 0o600), "w") as file:
        file.write(made + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)  # never half a key, whenever the power goes
    return made
