"""dt backup and dt restore."""

import pytest
from click.testing import CliRunner

from dt.cli import Settings
from dt.commands.backup import backup, restore
from dt.commands.readings import readings
from dt.errors import ConflictError, StoreError

CSV = "time,dt:A/x\n2026-05-01T12:00:00Z,1.5\n2026-05-01T12:00:01Z,2.5\n"


@pytest.fixture
def call(tmp_path):
    def run(command, *words, data="one", said=None):
        settings = tmp_path / f"{data}.yaml"
        settings.write_text(f"store: {{live_dir: {tmp_path / data / 'live'}}}\n")
        result = CliRunner().invoke(
            command, words, obj=Settings(settings, tmp_path / data), input=said
        )
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result

    return run


def test_a_backup_comes_back_on_another_appliance(call, tmp_path):
    file = str(tmp_path / "a.backup")
    call(readings, "import", "-", "--format", "csv", said=CSV)
    assert "read back and good" in call(backup, file).stdout
    call(restore, file, data="two")
    exported = call(readings, "export", data="two").stdout
    assert exported == call(readings, "export").stdout
    with pytest.raises(ConflictError):
        call(restore, file, data="two")
    assert "*.before-restore" in call(restore, file, "--force", data="two").stdout


def test_a_backup_to_nowhere_is_told(call, tmp_path):
    with pytest.raises(StoreError, match="cannot use"):
        call(backup, str(tmp_path / "none" / "a.backup"))
    with pytest.raises(StoreError, match="No such file"):
        call(restore, str(tmp_path / "none.backup"), data="two")
