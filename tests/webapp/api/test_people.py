"""Users, tokens and sessions, for admins."""

import pytest

URL = "/api/v1"


@pytest.fixture
def admin(house):
    return house.client("admin")


def test_a_user_is_added_changed_and_removed_and_all_of_it_is_in_the_audit(house, admin):
    body = {"name": "Eve", "role": "viewer", "password": "seven purple cats"}
    made = admin.post(f"{URL}/users", json=body)
    assert made.status_code == 201
    assert "password" not in made.text
    url = f"{URL}/users/{made.json['id']}"
    assert admin.patch(url, json={"role": "operator"}).json["role"] == "operator"
    assert admin.delete(url).status_code == 204
    found = admin.get(f"{URL}/audit").json
    assert [(one["who"], one["action"]) for one in found] == [
        ("admin", "user.remove"),
        ("admin", "user.change"),
        ("admin", "user.add"),
    ]
    assert "purple" not in str(found)
    assert "argon2" not in str(found)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"name": "admin"}, 409),
        ({"role": "king"}, 422),
        ({"password": "short"}, 422),
        ({"password": "password123"}, 422),
        ({"name": ""}, 422),
    ],
)
def test_an_impossible_user_is_refused(admin, change, status):
    body = {"name": "Eve", "role": "viewer", "password": "seven purple cats"} | change
    assert admin.post(f"{URL}/users", json=body).status_code == status


def test_the_last_admin_stays(house, admin):
    user = house.context.appliance.users.named("admin").id
    assert admin.delete(f"{URL}/users/{user}").status_code == 409
    assert admin.patch(f"{URL}/users/{user}", json={"role": "viewer"}).status_code == 409
    assert admin.patch(f"{URL}/users/{user}", json={"disabled": True}).status_code == 409


def test_a_disabled_user_is_signed_out_at_once(house, admin):
    viewer = house.client("viewer")
    user = house.context.appliance.users.named("viewer").id
    assert admin.patch(f"{URL}/users/{user}", json={"disabled": True}).json["disabled"]
    assert viewer.get(f"{URL}/me").status_code == 401


def test_a_token_is_told_once_and_can_be_revoked(house, admin):
    body = {"name": "logger", "role": "operator", "scopes": ["readings:write"]}
    made = admin.post(f"{URL}/tokens", json=body).json
    program = house.client(authorization=f"Bearer {made['secret']}")
    assert program.post(f"{URL}/readings", json=[]).status_code == 200
    assert program.get(f"{URL}/twins").status_code == 403
    assert made["secret"] not in admin.get(f"{URL}/tokens").text
    assert admin.delete(f"{URL}/tokens/{made['token']['id']}").status_code == 204
    assert program.post(f"{URL}/readings", json=[]).status_code == 401


@pytest.mark.parametrize("change", [{"scopes": ["everything"]}, {"expires_at": 1000}])
def test_an_impossible_token_is_refused(admin, change):
    body = {"name": "x", "role": "viewer"} | change
    assert admin.post(f"{URL}/tokens", json=body).status_code == 422


def test_a_session_can_be_ended_by_an_admin(house, admin):
    viewer = house.client("viewer")
    found = admin.get(f"{URL}/sessions").json
    assert [one["user"] for one in found] == ["admin", "viewer"]
    session = next(one["id"] for one in found if one["user"] == "viewer")
    assert admin.delete(f"{URL}/sessions/{session}").status_code == 204
    assert viewer.get(f"{URL}/me").status_code == 401
    assert admin.delete(f"{URL}/sessions/{session}").status_code == 404
