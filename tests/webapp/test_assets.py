"""Addresses of files that change with their content."""

import os

from webapp.assets import Assets


def test_a_file_that_changed_has_another_version(tmp_path):
    file = tmp_path / "a.css"
    file.write_text("one")
    assets = Assets(tmp_path)
    first = assets.version("a.css")
    assert (len(first), assets.version("a.css")) == (12, first)
    file.write_text("two!")
    os.utime(file, ns=(1, 1))
    assert assets.version("a.css") != first
    assert assets.version("missing.css") == ""


def test_only_the_right_version_may_be_kept_for_a_year(house):
    client = house.client()
    with house.app.test_request_context():
        url = house.app.jinja_env.globals["asset"]("css/tokens.css")
    with client.get(url) as answer:
        assert "immutable" in answer.headers["Cache-Control"]
    for other in ("/static/css/tokens.css", "/static/css/tokens.css?v=000000000000"):
        with client.get(other) as answer:
            assert answer.headers["Cache-Control"] == "no-cache"
