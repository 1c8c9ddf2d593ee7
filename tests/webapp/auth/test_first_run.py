"""The first account: only by who knows the code, only once."""

import re
import stat

import pytest


def form(house, client, **changes):
    code = (house.context.config.data_dir / "first-sign-in").read_text().strip()
    page = client.get(f"/setup?code={code}").text
    proof = re.search(r'name="csrf_token" value="([^"]{64,})"', page)[1]
    asked = {
        "code": code,
        "name": "ada",
        "password": "three green plants",
        "timezone": "Europe/Berlin",
        "title": "My plants",
        "csrf_token": proof,
    }
    return asked | changes


def test_the_code_is_for_the_owners_eyes_only(bare):
    path = bare.context.config.data_dir / "first-sign-in"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_text().strip()) >= 12


def test_who_knows_the_code_makes_the_first_account_and_is_signed_in(bare):
    client = bare.client(accept="text/html")
    answer = client.post("/setup", data=form(bare, client))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    users = bare.context.appliance.users.all()
    assert [(user.name, user.role) for user in users] == [("ada", "admin")]
    assert bare.context.title() == "My plants"
    assert bare.context.timezone() == "Europe/Berlin"
    assert client.get("/api/v1/me").json["name"] == "ada"
    assert not (bare.context.config.data_dir / "first-sign-in").exists()
    assert "three green" not in str(bare.context.appliance.audit.newest())


def test_the_second_time_is_refused_for_ever(bare):
    client = bare.client(accept="text/html")
    asked = form(bare, client)
    client.post("/setup", data=asked)
    other = bare.client(accept="text/html")
    other.get("/sign-in")
    assert other.get("/setup").headers["Location"] == "/sign-in"
    again = client.post(
        "/setup", data=asked | {"name": "eve", "csrf_token": ""}, headers=_proof(client)
    )
    assert again.status_code == 409
    assert bare.context.appliance.users.named("eve") is None


def _proof(client):
    page = client.get("/").text
    return {"X-CSRF-Token": re.search(r'name="csrf_token" value="([^"]{64,})"', page)[1]}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"code": "wrong"}, 403),
        ({"code": ""}, 403),
        ({"password": "short"}, 422),
        ({"password": "adaadaadaada"}, 422),
        ({"timezone": "Mars/Olympus"}, 422),
        ({"name": ""}, 422),
        ({"title": "x" * 81}, 422),
        ({"csrf_token": "0" * 64}, 403),
    ],
)
def test_what_is_wrong_is_refused_and_no_account_made(bare, change, status):
    client = bare.client(accept="text/html")
    answer = client.post("/setup", data=form(bare, client, **change))
    assert answer.status_code == status
    assert bare.context.appliance.users.count() == 0


def test_guessing_the_code_is_slow(bare):
    client = bare.client(accept="text/html")
    asked = form(bare, client, code="wrong")
    answers = [client.post("/setup", data=asked).status_code for _ in range(12)]
    assert answers == [403] * 10 + [429] * 2


def test_everybody_is_led_to_the_first_run_page(bare):
    client = bare.client(accept="text/html")
    assert client.get("/").headers["Location"].startswith("/sign-in")
    assert client.get("/sign-in").headers["Location"] == "/setup"


def test_an_appliance_whose_admins_are_lost_is_set_up_again_with_a_code(
    bare, password_hash
):
    users = bare.context.appliance.users
    users.add("vera", "viewer", password_hash)
    (bare.context.config.data_dir / "first-sign-in").unlink()  # as after the first set-up
    client = bare.client(accept="text/html")
    assert client.get("/sign-in").status_code == 200  # those who are left may come in
    assert client.get("/setup").status_code == 200  # writes the code
    assert client.post("/setup", data=form(bare, client, code="wrong")).status_code == 403
    assert client.post("/setup", data=form(bare, client, name="Vera")).status_code == 409
    assert client.post("/setup", data=form(bare, client)).status_code == 302
    assert {(user.name, user.role) for user in users.all()} == {
        ("vera", "viewer"),
        ("ada", "admin"),
    }
    assert client.get("/setup").headers["Location"] == "/sign-in"
