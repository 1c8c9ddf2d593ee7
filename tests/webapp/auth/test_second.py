"""The second step of signing in: a code that a phone makes, besides the password."""

import re

import pyotp
import pytest

PASSWORD = "correct horse battery"
SET_UP = "/settings/second-factor"


def post(client, url, page, **form):
    """Send a form with the proof that a page holds."""
    proof = re.search(r'name="csrf_token" value="([^"]{64,})"', page.text)[1]
    return client.post(url, data={"csrf_token": proof, **form})


@pytest.fixture
def phone(house):
    """Returns the code of a secret, now or some seconds later."""

    def code(secret, later_s=0):
        return pyotp.TOTP(secret).at(house.context.clock.now_ms() // 1000 + later_s)

    return code


@pytest.fixture
def vera(house):
    """A viewer's browser, signed in."""
    return house.client("viewer", accept="text/html")


def begin(browser):
    page = post(browser, f"{SET_UP}/begin", browser.get(f"{SET_UP}/"))
    return page, re.search(r'<code class="id">([A-Z2-7 ]+)</code>', page.text)[1]


@pytest.fixture
def secured(house, vera, phone):
    """The secret and the recovery codes of the viewer, who has a second factor."""
    page, secret = begin(vera)
    secret = secret.replace(" ", "")
    page = post(vera, f"{SET_UP}/confirm", page, code=phone(secret, -30))
    assert page.status_code == 200
    codes = re.findall(r"<li><code>([a-z2-9-]{14})</code></li>", page.text)
    assert len(codes) == 10
    return secret, codes


def first_step(house, password=PASSWORD):
    """Return a new browser and what it sees after the password."""
    browser = house.client(accept="text/html")
    page = browser.get("/sign-in")
    return browser, post(browser, "/sign-in", page, name="viewer", password=password)


def second_step(browser, page, code):
    return post(browser, "/sign-in/second", page, code=code)


def test_the_password_opens_the_second_step_only_and_the_code_the_door(
    house, secured, phone
):
    secret, _ = secured
    browser, page = first_step(house)
    assert page.status_code == 200
    assert browser.get_cookie("dt_session") is None
    assert browser.get("/api/v1/me").status_code == 401
    answer = second_step(browser, page, phone(secret))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert browser.get("/api/v1/me").json["name"] == "viewer"


def test_a_code_works_once(house, secured, phone):
    secret, _ = secured
    browser, page = first_step(house)
    assert second_step(browser, page, phone(secret)).status_code == 303
    other, page = first_step(house)
    assert second_step(other, page, phone(secret)).status_code == 401
    assert second_step(other, page, phone(secret, -30)).status_code == 401
    house.clock.advance(30)
    assert second_step(other, page, phone(secret)).status_code == 303


@pytest.mark.parametrize(("later_s", "status"), [(-90, 401), (30, 303), (90, 401)])
def test_a_phone_may_be_half_a_minute_off(house, secured, phone, later_s, status):
    secret, _ = secured
    browser, page = first_step(house)
    assert second_step(browser, page, phone(secret, later_s)).status_code == status


def test_a_recovery_code_signs_in_once_and_is_in_the_audit(house, secured):
    _, codes = secured
    browser, page = first_step(house)
    assert second_step(browser, page, codes[3]).status_code == 303
    other, page = first_step(house)
    assert second_step(other, page, codes[3]).status_code == 401
    actions = [entry.action for entry in house.context.appliance.audit.newest()]
    assert "second-factor.recovery" in actions
    assert "second-factor.add" in actions


def test_the_second_step_alone_opens_nothing(house, secured, phone):
    secret, codes = secured
    browser = house.client(accept="text/html")
    page = browser.get("/sign-in")
    for code in (phone(secret), codes[0], ""):
        assert second_step(browser, page, code).status_code == 401
    browser, page = first_step(house, "wrong password")
    assert page.status_code == 401
    assert second_step(browser, page, phone(secret)).status_code == 401
    assert browser.get_cookie("dt_session") is None


def test_the_second_step_waits_five_minutes(house, secured, phone):
    secret, _ = secured
    browser, page = first_step(house)
    house.clock.advance(301)
    assert second_step(browser, page, phone(secret)).status_code == 401


def test_a_new_password_or_a_lock_ends_what_waits(house, secured, phone, password_hash):
    secret, _ = secured
    users = house.context.appliance.users
    browser, page = first_step(house)
    house.clock.advance(1)
    users.set_password(users.named("viewer").id, password_hash)
    assert second_step(browser, page, phone(secret)).status_code == 401
    browser, page = first_step(house)
    users.set_disabled(users.named("viewer").id, disabled=True)
    assert second_step(browser, page, phone(secret)).status_code == 401


def test_guessing_codes_is_slow(house, secured, phone):
    secret, codes = secured
    browser, page = first_step(house)
    tried = [second_step(browser, page, "000000").status_code for _ in range(12)]
    assert tried == [401] * 10 + [429] * 2
    other, page = first_step(house)  # the right password does not begin the count anew
    assert second_step(other, page, phone(secret)).status_code == 429
    house.clock.advance(901)
    other, page = first_step(house)
    assert second_step(other, page, codes[0]).status_code == 303


def test_nothing_is_asked_before_a_code_has_fitted(house, vera, phone):
    page, _ = begin(vera)
    refused = post(vera, f"{SET_UP}/confirm", page, code="123456")
    assert refused.status_code == 401
    browser, page = first_step(house)
    assert page.status_code == 303
    assert browser.get("/api/v1/me").status_code == 200


def test_the_picture_holds_what_the_text_says(vera):
    page, secret = begin(vera)
    assert "<svg" in page.text
    again, same = begin(vera)
    assert same == secret
    assert again.status_code == 200


def test_setting_it_up_ends_the_other_sessions(house, phone):
    other = house.client("viewer")
    browser = house.client("viewer", accept="text/html")
    page, secret = begin(browser)
    post(browser, f"{SET_UP}/confirm", page, code=phone(secret.replace(" ", "")))
    assert other.get("/api/v1/me").status_code == 401
    assert browser.get("/api/v1/me").status_code == 200


def test_while_the_clock_is_not_trusted_none_is_set_up(house, vera):
    house.clock.is_trusted = False
    page = post(vera, f"{SET_UP}/begin", vera.get(f"{SET_UP}/"))
    assert page.status_code == 409
    assert "clock" in page.text


def test_doing_without_it_needs_the_password(house, vera, secured):
    page = vera.get(f"{SET_UP}/")
    assert "10 recovery codes" in page.text
    assert post(vera, f"{SET_UP}/remove", page, password="wrong").status_code == 401
    assert post(vera, f"{SET_UP}/remove", page, password=PASSWORD).status_code == 303
    _, page = first_step(house)
    assert page.status_code == 303


def test_an_admin_lets_somebody_do_without_and_a_viewer_cannot(house, vera, secured):
    user = house.context.appliance.users.named("viewer")
    admin = house.client("admin", accept="text/html")
    url = f"/settings/people/{user.id}"
    assert vera.post(url, data={"what": "second-factor"}).status_code == 403
    page = admin.get("/settings/people/")
    answer = post(admin, url, page, what="second-factor")
    assert answer.status_code == 303
    assert not house.context.appliance.users.get(user.id).second_factor
    assert house.context.appliance.audit.newest(1)[0].action == "user.second-factor"


def test_tokens_are_not_concerned(house, secured):
    assert house.program("viewer").get("/api/v1/twins").status_code == 200
