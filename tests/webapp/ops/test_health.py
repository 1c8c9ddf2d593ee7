"""Alive, ready, and numbers."""


def test_alive_is_alive_whatever_else_is_wrong(bare):
    answer = bare.client().get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"ok": True})


def test_ready_as_long_as_the_collector_beats(house, clock):
    client = house.client()
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json == {"ready": True, "reasons": [], "set_up": True}
    clock.advance(31)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["reasons"] == ["the collector has been silent for 31 s"]


def test_not_ready_before_the_collector_has_started_with_or_without_an_account(bare):
    answer = bare.client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {
        "ready": False,
        "reasons": ["the collector has not started yet"],
        "set_up": False,
    }


def test_not_ready_when_the_store_is_closed(house):
    house.context.appliance.close()
    answer = house.client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json["reasons"]
