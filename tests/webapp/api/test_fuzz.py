"""More than ten thousand requests that nobody would send: none may break anything."""

import numpy as np
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

pytestmark = pytest.mark.slow

NOW = 1_790_000_000_000
TEMPERATURE = "dt:PlantBox_001/air.temperature"
MOISTURE = "dt:PlantBox_001/soil.moisture"
EACH = 60
CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]
QUICK = settings(
    max_examples=EACH,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


class Key:
    """An admin's token; a new one when a request has revoked it."""

    def __init__(self, house):
        self.tokens = house.context.appliance.tokens
        self.secret = ""
        self.made = 0

    def headers(self):
        if not self.secret or self.tokens.find(self.secret) is None:
            self.made += 1
            _, self.secret = self.tokens.add(f"fuzz {self.made}", "admin")
        # schemathesis asks a WSGI app for gzip, and does not unpack it
        return {"Authorization": f"Bearer {self.secret}", "Accept-Encoding": "identity"}


@pytest.fixture
def furnished(house):
    house.log(TEMPERATURE, np.sin(np.arange(3000)) * 10, start=NOW - 3_000_000)
    house.log(MOISTURE, [40.0, float("nan")], start=NOW - 2000)
    return house


def probe_of(operation, mode, key, tried):
    """Return a test of one operation that counts what it tried."""
    name = operation.label

    real = {"twin": "dt:PlantBox_001", "signal": "soil.moisture"}
    parts = {part: real[part] for part in real if f"{{{part}}}" in operation.path}
    cases = operation.as_strategy(generation_mode=mode)
    if parts and len(parts) == operation.path.count("{"):
        known = operation.as_strategy(generation_mode=mode, path_parameters=parts)
        cases = cases | known if mode is GenerationMode.POSITIVE else cases

    @QUICK
    @given(cases)
    def probe(case):
        tried[name] = tried.get(name, 0) + 1
        answer = case.call(headers=key.headers())
        assert answer.status_code < 500, (name, answer.status_code, answer.text[:300])
        case.validate_response(answer, checks=CHECKS)

    return probe


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_no_request_made_from_the_description_breaks_anything(furnished, mode):
    key = Key(furnished)
    schema = schemathesis.openapi.from_wsgi(
        "/openapi.json", furnished.app, headers=key.headers()
    )
    tried = {}
    for found in schema.get_all_operations():
        operation = found.ok()
        probe = probe_of(operation, mode, key, tried)
        try:
            probe()
        except (schemathesis.errors.SchemathesisError, Unsatisfiable):
            assert mode is GenerationMode.NEGATIVE  # nothing about it can be wrong
    assert len(tried) >= 40 if mode is GenerationMode.POSITIVE else len(tried) >= 25
    assert sum(tried.values()) >= 1_000


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from([TEMPERATURE, MOISTURE, "Cel", "bad", NOW, -1, 2**63, 1e308]),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.text(max_size=8), inner, max_size=5)
    ),
    max_leaves=20,
)
KEYS = {
    "/api/v1/readings": ["v", "signals", "t0", "dt", "s", "x", "q", "n", "epoch", "seq"],
    "/api/v1/notes": ["target", "text", "at", "ends_at"],
    "/data/timestamp": ["data_type", "since", "until", "from_timestamp"],
    "/api/data/timestamp": ["data_type", "since", "until", "to_timestamp"],
    "/data/id": ["sensor_id", "limit"],
    "/bind_sensor": ["sensor_id", "name", "pin", "read_interval"],
    f"/api/v1/calibrations/{MOISTURE}": ["kind", "points", "coefficients", "reason"],
    f"/api/v1/calibrations/{MOISTURE}/proposal": ["kind", "points", "coefficients"],
    "/api/v1/tokens": ["name", "role", "scopes", "expires_at"],
}
NEAR_BATCH = st.fixed_dictionaries(
    {
        "v": st.just(1),
        "signals": st.lists(
            st.fixed_dictionaries(
                {"id": st.sampled_from([TEMPERATURE, MOISTURE, "dt:X/y"])},
                optional={"unit": st.sampled_from(["Cel", "%", "K", "", "hPa", "[pH]"])},
            ),
            max_size=3,
        ),
        "t0": st.integers(-(2**53), 2**53) | st.integers(NOW - 10_000, NOW),
        "dt": st.lists(st.integers(-(2**53), 2**53) | st.integers(0, 10), max_size=4),
        "s": st.lists(st.integers(0, 4), max_size=4),
        "x": st.lists(st.none() | st.floats(allow_nan=False), max_size=4),
    },
    optional={
        "q": st.dictionaries(st.sampled_from("0123a"), st.sampled_from(["bad", "good"])),
        "n": st.integers(0, 4),
    },
)
NEAR_LIST = st.lists(
    st.fixed_dictionaries(
        {
            "signal": st.sampled_from([TEMPERATURE, MOISTURE, "x"]),
            "value": st.none() | st.floats(allow_nan=False, allow_infinity=False),
        },
        optional={
            "at": st.none() | st.integers() | st.text(max_size=12) | st.just("-1h"),
            "unit": st.text(max_size=6) | st.just("K"),
            "quality": st.sampled_from(["good", "uncertain", "bad", "?"]),
        },
    ),
    max_size=4,
)


@pytest.mark.parametrize("url", KEYS)
def test_no_body_breaks_anything(furnished, url):
    client = furnished.program("admin")
    near = st.dictionaries(st.sampled_from(KEYS[url]), JSON, max_size=12)
    bodies = JSON | near | (NEAR_BATCH | NEAR_LIST if "readings" in url else near)

    @settings(QUICK, max_examples=700)
    @given(bodies)
    def probe(body):
        answer = client.post(url, json=body)
        assert answer.status_code < 500, (body, answer.text[:300])
        if answer.status_code >= 400:
            assert answer.json["status"] == answer.status_code

    probe()


@pytest.mark.parametrize("url", KEYS)
def test_no_bytes_break_anything(furnished, url):
    client = furnished.program("admin")

    @settings(QUICK, max_examples=300)
    @given(st.binary(max_size=200) | st.text(max_size=100).map(lambda t: f'"{t}"'.encode()))
    def probe(body):
        answer = client.post(url, data=body, content_type="application/json")
        assert 400 <= answer.status_code < 500 or answer.status_code in {200, 201}

    probe()


@settings(QUICK, max_examples=1500)
@given(data=st.data())
def test_no_query_breaks_anything(furnished, data):
    client = furnished.program("viewer") if not furnished.made else furnished.made["client"]
    furnished.made["client"] = client
    url = data.draw(
        st.sampled_from(
            ["readings", "readings/export", "readings/latest", "events", "notes"]
        )
    )
    key = st.sampled_from(["signal", "from", "to", "points", "limit", "before", "format"])
    text = st.text(max_size=15) | st.sampled_from(
        [TEMPERATURE, "-1h", "now", "0", "-1", "9" * 25, "2026-01-01", "1e400", "nan", "*"]
    )
    query = data.draw(st.lists(st.tuples(key, text), max_size=4))
    answer = client.get(f"/api/v1/{url}", query_string=query)
    assert answer.status_code < 500, (url, query, answer.text[:300])
