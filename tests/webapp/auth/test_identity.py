"""Who asks."""

from flask_login import current_user

from webapp.auth import identity


def test_current_user_is_the_person_or_the_program_that_asks(house):
    person, program = house.client("operator"), house.program("viewer")
    for client, name, role in (
        (person, "operator", "operator"),
        (program, "token:viewer-0", "viewer"),
    ):
        with client:
            client.get("/api/v1/me")
            assert current_user.is_authenticated
            assert (current_user.get_id(), current_user.role) == (name, role)
            assert identity.caller() is current_user._get_current_object()


def test_current_user_is_nobody_without_either(house):
    with house.client() as client:
        client.get("/sign-in")
        assert current_user.is_anonymous
        assert identity.caller() is None


def test_outside_a_request_nobody_asks():
    assert identity.caller() is None


def test_a_cookie_of_another_program_here_signs_nobody_out(house):
    client = house.client("operator")
    client.set_cookie("remember_token", "7|of another port of this computer")
    assert client.get("/api/v1/me").json["name"] == "operator"


def test_what_flask_login_would_trust_is_not_enough(house):
    with house.app.test_request_context():
        signed = house.app.session_interface.get_signing_serializer(house.app)
    client = house.client()
    client.set_cookie("dt_form", signed.dumps({"_user_id": "admin", "_fresh": True}))
    assert client.get("/api/v1/me").status_code == 401
