"""Signing in and out."""

import re

import pytest

PASSWORD = "correct horse battery"


def sign_in(client, name="operator", password=PASSWORD, target="/"):
    page = client.get("/sign-in").text
    form = {"name": name, "password": password, "next": target}
    return client.post("/sign-in", data=form | {"csrf_token": proof_on(page)})


def proof_on(page):
    """Return the proof that a page's forms hold."""
    return re.search(r'name="csrf_token" value="([^"]{64,})"', page)[1]


@pytest.fixture
def browser(house):
    return house.client(accept="text/html")


def test_a_right_password_opens_a_session_and_leads_on(house, browser):
    answer = sign_in(browser, target="/charts?range=1h")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/charts?range=1h")
    cookie = browser.get_cookie("dt_session")
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    assert browser.get("/api/v1/me").json["name"] == "operator"


def test_nobody_is_led_to_another_site(browser):
    assert sign_in(browser, target="//evil.example").headers["Location"] == "/"


@pytest.mark.parametrize("name", ["operator", "nobody", "disabled"])
def test_a_wrong_password_an_unknown_name_and_a_disabled_user_are_told_the_same(
    house, browser, name, password_hash
):
    user = house.context.appliance.users.add("disabled", "viewer", password_hash)
    house.context.appliance.users.set_disabled(user.id, disabled=True)
    right = PASSWORD if name == "disabled" else "wrong password"
    answer = sign_in(browser, name, right)
    assert answer.status_code == 401
    assert "name or password is wrong" in answer.text.lower()
    assert browser.get_cookie("dt_session") is None


def test_signing_in_makes_a_new_session_and_ends_the_one_before(house, browser):
    sign_in(browser)
    first = browser.get_cookie("dt_session").value
    answer = browser.post(
        "/sign-in",
        data={"name": "admin", "password": PASSWORD},
        headers={"X-CSRF-Token": proof_on(browser.get("/").text)},
    )
    assert answer.status_code == 303
    second = browser.get_cookie("dt_session").value
    assert first != second
    assert house.context.appliance.sessions.find(first) is None
    assert browser.get("/api/v1/me").json["name"] == "admin"


def test_after_ten_wrong_passwords_the_right_one_has_to_wait(house, browser, clock):
    for _ in range(10):
        house.context.appliance.attempts.failed("user:operator")
    answer = sign_in(browser)
    assert answer.status_code == 429
    clock.advance(901)
    assert sign_in(browser).status_code == 303


def test_one_address_cannot_try_many_names(house, browser):
    for _ in range(30):
        house.context.appliance.attempts.failed("address:127.0.0.1")
    assert sign_in(browser).status_code == 429


def test_signing_out_ends_the_session(house, browser):
    sign_in(browser)
    secret = browser.get_cookie("dt_session").value
    proof = proof_on(browser.get("/").text)
    answer = browser.post("/sign-out", headers={"X-CSRF-Token": proof})
    assert answer.headers["Location"] == "/sign-in"
    assert house.context.appliance.sessions.find(secret) is None


def test_signing_out_everywhere_ends_all_sessions(house):
    one, other = house.client("operator"), house.client("operator")
    assert one.post("/sign-out", data={"everywhere": "1"}).status_code == 303
    assert other.get("/api/v1/me").status_code == 401


def test_a_session_ends_with_its_time(house, clock):
    client = house.client("viewer")
    clock.advance(86_401)
    assert client.get("/api/v1/me").status_code == 401


def test_a_program_needs_no_proof(house):
    answer = house.program("operator").post("/api/v1/readings", json=[])
    assert answer.status_code == 200


@pytest.mark.parametrize("header", ["Bearer dt_wrong", "Bearer ", "Basic b3A6b3A=", "x"])
def test_a_worthless_token_is_refused_even_beside_a_session(house, header):
    client = house.client("admin", authorization=header)
    assert client.get("/api/v1/me").status_code == 401


def test_a_revoked_token_is_worth_nothing(house):
    client = house.program("viewer")
    assert client.get("/api/v1/me").json["kind"] == "token"
    house.context.appliance.tokens.revoke(1)
    assert client.get("/api/v1/me").status_code == 401


def test_over_https_the_cookie_is_bound_to_the_host(config, password_hash):
    import msgspec

    from dt.clock import SystemClock
    from webapp.app import create_app
    from webapp.context import Context

    web = msgspec.structs.replace(config.web, secure_cookies=True)
    config = msgspec.structs.replace(config, web=web)
    context = Context.open(config, SystemClock("always"))
    context.appliance.users.add("operator", "operator", password_hash)
    client = create_app(config, context=context).test_client()
    nameless = sign_in_https(client, refers=False)
    answer = sign_in_https(client)
    context.close()
    assert nameless.status_code == 403
    cookies = answer.headers.getlist("Set-Cookie")
    session = next(cookie for cookie in cookies if "dt_session" in cookie)
    assert session.startswith("__Host-dt_session=")
    assert "Secure" in session
    assert "Strict-Transport-Security" in answer.headers


def sign_in_https(client, *, refers=True):
    base = "https://localhost"
    page = client.get("/sign-in", base_url=base).text
    form = {"name": "operator", "password": PASSWORD, "csrf_token": proof_on(page)}
    headers = {"Referer": f"{base}/sign-in"} if refers else {}
    return client.post("/sign-in", data=form, base_url=base, headers=headers)
