"""What we did not write is exactly as it was published."""

import hashlib
from pathlib import Path

VENDOR = Path(__file__).parents[2] / "webapp" / "static" / "vendor"
LISTS = {"SHA256SUMS", "VENDOR.md", "parts.json"}


def test_every_file_is_listed_with_its_checksum():
    lines = (VENDOR / "SHA256SUMS").read_text().splitlines()
    listed = {name: digest for digest, name in (line.split(maxsplit=1) for line in lines)}
    found = {
        str(path.relative_to(VENDOR)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name not in LISTS
    }
    assert found == listed
