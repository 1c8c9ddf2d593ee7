"""What notify: may say; a wrong entry is told with its line and without its secret."""

import warnings

import pytest

from dt import config
from dt.channels import SCHEMES, shown, without_secrets
from dt.errors import ConfigError

SECRET = "s3cret-word"


def text(*lines):
    return "\n".join(
        ["notify:", "  channels:", "    phone:", *(f"      {x}" for x in lines)]
    )


def told(*lines):
    with pytest.raises(ConfigError) as caught:
        config.parse(text(*lines), "x.yaml")
    assert SECRET not in str(caught.value)
    return caught.value.message


def test_a_channel_has_sensible_defaults():
    channel = config.parse(text("url: ntfys://topic")).notify.channels["phone"]
    assert (channel.severity, channel.quiet, channel.cleared) == ("warning", "", False)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((f"url: smtp://a:{SECRET}@h",), "x.yaml:4: notify.channels.phone.url: saw a URL"),
        ((f"url: {SECRET}",), "saw no URL (not shown, for it is secret)"),
        (("severity: warning",), "x.yaml:4: notify.channels.phone: saw neither"),
        (("url: ntfy://a", "url_file: b"), "saw both, expected one of url, url_file"),
        (("url: ntfy://a", "severity: loud"), "x.yaml:5: notify.channels.phone.severity"),
        (("url: ntfy://a", 'quiet: "22-6"'), "expected two times like 22:00-06:00"),
        (("url: ntfy://a", 'quiet: "06:00-06:00"'), "expected two times"),
        (("url: ntfy://a", "quite: x"), "did you mean quiet"),
    ],
)
def test_what_is_wrong_is_told_without_secrets(lines, said):
    assert said in told(*lines)


def test_the_supported_kinds_are_listed():
    for scheme in SCHEMES:
        assert f"{scheme}://" in told("url: smtp://a")


def test_every_kind_is_one_that_the_library_knows():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import apprise

        known = apprise.Apprise().details()["schemas"]
    kinds = ("protocols", "secure_protocols")
    found = {str(p) for s in known for kind in kinds for p in s[kind] or ()}
    assert set(SCHEMES) <= found


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("ntfys://topic", "ntfy"),
        ("ntfys://tk_1@ntfy.example/topic", "ntfy ntfy.example"),
        ("mailtos://me:pw@smtp.example?to=a@b.example", "e-mail smtp.example"),
        ("tgram://123:abc/42", "Telegram"),
        ("slack://T1/B1/x", "Slack"),
        ("MQTTS://me:pw@broker.example:9/t", "MQTT broker.example"),
        ("json://[broken", "webhook"),
        ("nonsense", "unknown"),
    ],
)
def test_only_what_is_no_secret_is_shown(url, seen):
    assert shown(url) == seen


def test_diagnostics_have_no_addresses():
    made = config.parse(text(f"url: jsons://me:{SECRET}@h/{SECRET}")).notify
    assert SECRET not in str(without_secrets(made))


def test_what_a_process_is_given_reads_back_the_same():
    made = config.parse(text('url: "ntfys://a"', 'twins: ["dt:*"]', "cleared: true"))
    assert config.parse(config.effective(made).decode()) == made


def test_a_file_of_a_secret_is_taken_from_the_folder_of_the_configuration(tmp_path):
    (tmp_path / "dt.yaml").write_text(text("url_file: secrets/phone"))
    made = config.load(tmp_path / "dt.yaml").notify.channels["phone"]
    assert made.url_file == str(tmp_path / "secrets" / "phone")
