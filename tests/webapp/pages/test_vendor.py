"""What the pages contain of others has its licence; nothing comes from elsewhere."""

from pathlib import Path

import msgspec

STATIC = Path(__file__).parents[3] / "webapp" / "static"
VENDOR = STATIC / "vendor"


def test_every_part_names_its_version_and_licence():
    manual = (VENDOR / "VENDOR.md").read_text()
    for part in msgspec.json.decode((VENDOR / "parts.json").read_bytes()):
        assert part["version"] in manual
        assert (STATIC / part["file"]).is_file()
        assert part["licence"] in {"MIT", "Apache-2.0"}
        assert len((STATIC / part["licence_file"]).read_text()) > 800


def test_no_page_or_script_fetches_from_another_host():
    own = [*STATIC.glob("css/*.css"), *STATIC.rglob("js/**/*.js")]
    own += (STATIC.parent / "templates").rglob("*.html")
    for path in own:
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in text, path
        assert "https://" not in text, path
