"""Settings: mine, and those of all."""

import re

import pytest

PASSWORD = "correct horse battery"


@pytest.fixture
def admin(house):
    return house.client("admin", accept="text/html")


def users(house):
    return house.context.appliance.users


def test_my_language_time_zone_and_theme_are_kept(house, admin):
    wanted = {"locale": "de", "timezone": "Asia/Tokyo", "theme": "dark"}
    assert admin.post("/settings/preferences", data=wanted).status_code == 303
    page = admin.get("/settings/").text
    assert 'lang="de" data-theme="dark" data-zone="Asia/Tokyo"' in page


@pytest.mark.parametrize(
    "wrong", [{"locale": "xx"}, {"timezone": "Mars/Base"}, {"theme": "pink"}]
)
def test_preferences_that_do_not_exist_are_refused(admin, wrong):
    wanted = {"locale": "", "timezone": "", "theme": "auto"} | wrong
    assert admin.post("/settings/preferences", data=wanted).status_code == 422


def test_choosing_a_theme_leads_back_to_where_one_was_and_nowhere_else(admin):
    for referrer, target in (
        ("http://localhost/charts?range=1h", "/charts?range=1h"),
        ("http://localhost//evil.example/", "/"),
        ("", "/"),
    ):
        answer = admin.post(
            "/settings/theme", data={"theme": "dark"}, headers={"Referer": referrer}
        )
        assert answer.headers["Location"] == target


def test_a_new_password_wants_the_old_one_and_ends_other_sessions(house, admin):
    other = house.client("admin", accept="text/html")
    wrong = {"old": "nonsense", "new": "rain on a tin roof"}
    answer = admin.post("/settings/password", data=wrong)
    assert "The present password is wrong." in answer.text
    right = {"old": PASSWORD, "new": "rain on a tin roof"}
    answer = admin.post("/settings/password", data=right)
    assert answer.status_code == 303
    assert "dt_session=" in answer.headers["Set-Cookie"]
    assert other.get("/settings/").status_code == 302


def test_a_weak_new_password_is_refused_in_words(admin):
    answer = admin.post("/settings/password", data={"old": PASSWORD, "new": "short"})
    assert answer.status_code == 422
    assert "Password has 5 characters" in answer.text


def test_other_sessions_are_ended_and_mine_is_not(house, admin):
    other = house.client("admin", accept="text/html")
    assert admin.post("/settings/sessions/end", data={}).status_code == 303
    assert other.get("/settings/").status_code == 302
    assert admin.get("/settings/").status_code == 200


def test_a_person_is_added_changed_locked_out_and_removed(house, admin):
    new = {"name": "ben", "password": "rain on a tin roof", "role": "viewer"}
    admin.post("/settings/people/add", data=new)
    ben = users(house).named("ben")
    path = f"/settings/people/{ben.id}"
    admin.post(path, data={"what": "role", "role": "operator"})
    assert users(house).get(ben.id).role == "operator"
    admin.post(path, data={"what": "lock"})
    assert users(house).get(ben.id).disabled
    assert "locked out" in admin.get("/settings/people/").text
    admin.post(path, data={"what": "remove"})
    assert users(house).named("ben") is None


def test_the_last_admin_stays(house, admin):
    me = users(house).named("admin")
    answer = admin.post(
        f"/settings/people/{me.id}", data={"what": "role", "role": "viewer"}
    )
    assert answer.status_code == 409
    assert "is the last admin" in answer.text


def test_a_token_works_and_its_secret_is_never_shown_again(house, admin):
    asked = {"name": "logger", "role": "viewer", "scope": "read", "days": "30"}
    page = admin.post("/settings/tokens/add", data=asked).text
    secret = re.search(r"dt_[\w-]{40,}", page)[0]
    program = house.client(authorization=f"Bearer {secret}")
    assert program.get("/api/v1/me").status_code == 200
    assert secret not in admin.get("/settings/tokens/").text
    token = house.context.appliance.tokens.named("logger")
    assert token.expires_at == house.clock.ms + 30 * 86_400_000
    admin.post(f"/settings/tokens/{token.id}/revoke")
    assert program.get("/api/v1/me").status_code == 401


def test_a_form_without_its_proof_is_refused(house):
    client = house.client("admin", accept="text/html")
    del client.environ_base["HTTP_X_CSRF_TOKEN"]
    assert client.post("/settings/theme", data={"theme": "dark"}).status_code == 403


def test_what_a_budget_would_cost_is_told_before_anything_goes(house, admin):
    assert "Nothing would go now." in admin.get("/settings/keeping?budget=1GB").text
    refused = admin.get("/settings/keeping?budget=lots").text
    assert "a size like 16MB" in refused
    viewer = house.client("viewer", accept="text/html")
    assert "would go now" not in viewer.get("/settings/keeping?budget=1GB").text
