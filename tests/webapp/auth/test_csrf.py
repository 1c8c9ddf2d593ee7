"""Forms have to prove that they are ours."""

import re

import pytest

PASSWORD = "correct horse battery"


def proof_on(page):
    """Return the proof that a page's forms hold."""
    return re.search(r'name="csrf_token" value="([^"]{64,})"', page)[1]


def signed_in(browser, proof, **headers):
    form = {"name": "operator", "password": PASSWORD, "csrf_token": proof}
    return browser.post("/sign-in", data=form, headers=headers)


@pytest.fixture
def browser(house):
    return house.client(accept="text/html")


@pytest.mark.parametrize("proof", ["", "0" * 64, "e30.aaaaaa.bbbbbb", "ä"])
def test_a_form_without_a_right_proof_is_refused(house, proof):
    client = house.client("operator")
    del client.environ_base["HTTP_X_CSRF_TOKEN"]
    answer = client.post("/sign-out", data={"csrf_token": proof})
    assert (answer.status_code, answer.json["code"]) == (403, "auth.csrf")
    assert set(answer.json) == {"status", "code", "message", "hint"}


def test_json_needs_the_header(house):
    client = house.client("operator")
    theme = {"theme": "dark"}
    assert client.patch("/api/v1/me", json=theme).status_code == 200
    del client.environ_base["HTTP_X_CSRF_TOKEN"]
    answer = client.patch("/api/v1/me", json=theme)
    assert (answer.status_code, answer.json["code"]) == (403, "auth.csrf")


def test_a_proof_of_another_browser_is_refused(house, browser):
    other = house.client(accept="text/html")
    browser.get("/sign-in")
    assert signed_in(browser, proof_on(other.get("/sign-in").text)).status_code == 403


def test_a_form_of_another_site_is_refused_even_with_proof(house):
    for origin in ("https://evil.example", "null"):
        answer = house.client("operator").post("/sign-out", headers={"Origin": origin})
        assert answer.json["code"] == "auth.csrf"


def test_a_form_of_this_site_may_say_so(browser):
    proof = proof_on(browser.get("/sign-in").text)
    assert signed_in(browser, proof, Origin="http://localhost").status_code == 303


def test_a_proof_from_before_signing_in_is_worth_nothing_after(browser):
    proof = proof_on(browser.get("/sign-in").text)
    assert signed_in(browser, proof).status_code == 303
    answer = browser.post("/sign-out", headers={"X-CSRF-Token": proof})
    assert answer.status_code == 403
    proof = proof_on(browser.get("/").text)
    answer = browser.post("/sign-out", headers={"X-CSRF-Token": proof})
    assert answer.status_code == 303
    assert signed_in(browser, proof).status_code == 403


def test_scripts_and_other_sites_cannot_use_the_cookie(browser):
    answer = browser.get("/sign-in")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("dt_form=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_files_are_the_same_for_everybody(browser):
    answer = browser.get("/static/js/live.js")
    assert answer.status_code == 200
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert "Set-Cookie" not in answer.headers
    answer.close()
