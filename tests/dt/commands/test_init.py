"""dt init: files that the product itself accepts."""

from click.testing import CliRunner

from dt import config
from dt.commands.init import init
from dt.errors import ConfigError


def test_init_writes_a_configuration_at_its_defaults(tmp_path):
    result = CliRunner().invoke(init, [str(tmp_path)], catch_exceptions=False)
    assert result.exit_code == 0
    written = (tmp_path / "dt.yaml").read_text()
    assert config.parse(written) == config.Config()
    assert (tmp_path / "twins" / "this-computer" / "twin.yaml").exists()


def test_init_overwrites_nothing(tmp_path):
    (tmp_path / "dt.yaml").write_text("web: {port: 1}\n")
    result = CliRunner().invoke(init, [str(tmp_path)])
    assert isinstance(result.exception, ConfigError)
    assert (tmp_path / "dt.yaml").read_text() == "web: {port: 1}\n"
    assert not (tmp_path / "twins").exists()
