"""The key that signs cookies."""

import stat

from webapp.auth import signing


def test_the_key_is_made_once_for_the_owners_eyes_only(config):
    made = signing.key(config)
    path = config.data_dir / signing.FILE
    assert len(made) >= 43
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert signing.key(config) == made
    assert [one.name for one in config.data_dir.iterdir()] == [signing.FILE]


def test_each_appliance_has_another_key(config):
    made = signing.key(config)
    (config.data_dir / signing.FILE).unlink()
    assert signing.key(config) != made


def test_half_a_key_is_none(config):
    config.data_dir.mkdir()
    path = config.data_dir / signing.FILE
    path.with_suffix(".new").write_text("left over")
    for kept in ("", "abc\n"):
        path.write_text(kept)
        assert len(signing.key(config)) >= 43
        assert signing.key(config) == path.read_text().strip()
