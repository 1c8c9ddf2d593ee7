"""Numbers for a monitoring system."""

from prometheus_client.parser import text_string_to_metric_families

NOW = 1_790_000_000_000
TEMPERATURE = "dt:PlantBox_001/air.temperature"


def test_prometheus_can_read_them(house):
    house.log(TEMPERATURE, [20.5], start=NOW - 4000)
    answer = house.client(accept="text/plain").get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    families = {one.name: one for one in text_string_to_metric_families(answer.text)}
    value = families["dt_signal_value"].samples[0]
    assert (value.labels["signal"], value.value) == (TEMPERATURE, 20.5)
    assert families["dt_signal_age_seconds"].samples[0].value == 4.0
    assert families["dt_well"].samples[0].value == 1.0


def test_they_come_as_json_when_asked_for(house):
    found = house.client().get("/metrics").json
    assert {"name", "kind", "help", "labels", "value"} == set(found[0])


def test_from_elsewhere_only_with_an_account(house):
    away = {"REMOTE_ADDR": "192.0.2.7"}
    client = house.client()
    assert client.get("/metrics", environ_base=away).status_code == 401
    token = house.program("viewer", "read")
    assert token.get("/metrics", environ_base=away).status_code == 200
    other = house.program("operator", "readings:write")
    assert other.get("/metrics", environ_base=away).status_code == 403


def test_a_proxy_on_this_machine_is_not_this_machine(house):
    headers = {"X-Forwarded-For": "192.0.2.7"}
    assert house.client().get("/metrics", headers=headers).status_code == 401
