"""What every answer forbids the browser."""

import re

import pytest

from webapp.security import safe_next


@pytest.mark.parametrize("path", ["/", "/sign-in", "/api/v1/twins", "/healthz", "/nothing"])
def test_every_answer_carries_the_headers(house, path):
    headers = house.client("viewer", accept="text/html").get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_each_page_has_a_nonce_of_its_own_and_no_inline_script_without_it(house):
    client = house.client("viewer", accept="text/html")
    pages = [client.get("/") for _ in range(2)]
    nonces = [
        re.search(r"'nonce-([^']+)'", page.headers["Content-Security-Policy"])[1]
        for page in pages
    ]
    assert nonces[0] != nonces[1]
    for page, nonce in zip(pages, nonces, strict=True):
        tags = re.findall(r"<(?:script|style)\b[^>]*>", page.text)
        scripts = [tag for tag in tags if " src=" not in tag]
        assert scripts
        assert all(f'nonce="{nonce}"' in tag for tag in scripts)
        assert " style=" not in page.text
        assert not re.search(r"<[^>]+\son\w+=", page.text)


@pytest.mark.parametrize(
    ("target", "goes_to"),
    [
        ("/charts?range=1h", "/charts?range=1h"),
        (None, "/"),
        ("", "/"),
        ("https://evil.example", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/%09/evil.example", "/%09/evil.example"),
        ("/\t/evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("charts", "/"),
    ],
)
def test_after_signing_in_nobody_is_sent_to_another_site(target, goes_to):
    assert safe_next(target) == goes_to


def test_pages_are_not_kept_by_caches(house):
    assert house.client("viewer").get("/api/v1/me").headers["Cache-Control"] == "no-store"
