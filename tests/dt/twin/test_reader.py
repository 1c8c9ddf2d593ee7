"""Twin files: the dialect, the defaults, what is kept, and every problem at once."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dt.errors import TwinError
from dt.twin import reader
from dt.twin.reader import Text

CONTRACT = """\
"@id": dt:PlantBox_001          # the unquoted form is accepted too
name: Plant box 1
tenant: demo                    # default demo
metadata: {domain: [Plant], status: instantiated, bed: 3}
asset: {id: plantbox-1, kind: plant-box}
interfaces: {api: "http://localhost:8080", data_streams: ["MQTT:dtp/plant/alerts"]}
dependencies: {static: ["dt:Site_001"], dynamic: ["dt:Weather_001"]}
signals:
  air.temperature: {unit: Cel, range: [-40, 80], max_rate: 1.0/min, stuck_after: 300s, title: Air}
  soil.moisture:   {unit: "%", range: [0, 100], calibration: [[200, 0], [2000, 100]], retain: {raw: 30d, "1min": 1y, "1h": 10y}}
sensors:
  climate: {driver: dht22, pin: 23, every: 5s, reads: {temperature: air.temperature, humidity: air.humidity}}
derived: {air.vpd: {unit: kPa, formula: "vpd(air.temperature, air.humidity)"}}
actuators:
  pump: {driver: relay, pin: 17, safe: OFF, max_on: 30s, min_off: 10min, duty: 120s/h, excludes: [heater]}
rules:
  - {id: too-dry, when: "soil.moisture < 30", for: 60s, clear: "soil.moisture > 35", severity: warning,
     message: "Soil is dry: {soil.moisture} %", then: [{actuator: pump, command: ON, duration: 10s}]}
loops: {warmth: {kind: pid, input: air.temperature, output: heater, setpoint: 22}}
routines: [{id: night, at: "22:00", then: [{actuator: light, command: OFF}]}]
models: [{id: temp, block: kalman, reads: [air.temperature], params: {process_noise: 0.01}}]
"""  # noqa: E501 - as people write them


@pytest.fixture
def twin():
    return reader.read(CONTRACT, "twins/plant/twin.yaml")


def _problems(text, file="twins/plant/twin.yaml"):
    (broken,) = reader.read_all([Text(file=file, text=text)]).broken
    return broken.problems


def test_every_key_of_the_contract_is_read(twin):
    assert (twin.id, twin.name, twin.tenant) == ("dt:PlantBox_001", "Plant box 1", "demo")
    assert twin.metadata == {"domain": ["Plant"], "status": "instantiated", "bed": 3}
    assert (twin.asset.id, twin.asset.kind) == ("plantbox-1", "plant-box")
    assert twin.interfaces.data_streams == ("MQTT:dtp/plant/alerts",)
    assert twin.dependencies.dynamic == ("dt:Weather_001",)
    temperature, moisture = twin.signals["air.temperature"], twin.signals["soil.moisture"]
    assert temperature.range == (-40.0, 80.0)
    assert temperature.max_rate == pytest.approx(1 / 60)
    assert temperature.stuck_after == 300.0
    assert moisture.calibration == ((200.0, 0.0), (2000.0, 100.0))
    assert moisture.retain["raw"] == 30 * 86400.0
    assert twin.derived["air.vpd"].formula == "vpd(air.temperature, air.humidity)"
    assert twin.actuators["pump"]["safe"] == "OFF"
    assert twin.rules[0]["then"] == [
        {"actuator": "pump", "command": "ON", "duration": "10s"}
    ]
    assert twin.loops["warmth"]["setpoint"] == 22
    assert twin.routines[0]["at"] == "22:00"
    assert twin.models[0]["params"] == {"process_noise": 0.01}
    assert twin.source == "twins/plant/twin.yaml"
    assert twin.full_name("air.vpd") == "dt:PlantBox_001/air.vpd"


def test_the_drivers_own_keys_are_its_options(twin):
    climate = twin.sensors["climate"]
    assert (climate.driver, climate.every, climate.options) == ("dht22", 5.0, {"pin": 23})
    assert climate.reads["humidity"] == "air.humidity"
    text = "sensors: {a: {driver: mqtt, options: {topic: x, qos: 1}, host: b}}"
    options = reader.read(text, "a/twin.yaml").sensors["a"].options
    assert options == {"topic": "x", "qos": 1, "host": "b"}


def test_a_quantity_read_under_its_own_name_needs_no_declaration(twin):
    assert twin.signals["air.humidity"].unit == "%"


def test_actuators_that_are_not_declared_yet_are_warned_of(twin):
    assert [w.path for w in twin.warnings] == [
        "actuators.pump.excludes[0]",
        "loops.warmth.output",
        "routines[0].then[0].actuator",
    ]


@pytest.mark.parametrize("key", ["@id", '"@id"', "'@id'", "@id ", "twin_id"])
def test_the_id_is_read_quoted_or_not_or_by_its_other_name(key):
    twin = reader.read(f"name: Lift\n{key}: dt:Lift_001\ntenant: x\n", "lift/twin.yaml")
    assert twin.id == "dt:Lift_001"


def test_the_dialect_keeps_line_numbers_right():
    text = CONTRACT.replace('"@id":', "@id:").replace("range: [-40, 80]", "rnge: 5")
    assert [p.line for p in _problems(text)] == [9]
    assert reader.read("# hello\n\n@id: dt:A_1\n", "x/twin.yaml").line("@id") == 3


def test_a_file_with_neither_has_the_id_and_name_of_its_folder():
    twin = reader.read("tenant: demo\n", "twins/energy_hvac/twin.yaml")
    assert (twin.id, twin.name) == ("dt:energy_hvac_001", "energy_hvac")
    assert twin.metadata == {"status": "instantiated", "name": "energy_hvac"}
    assert reader.read("tenant: demo\n", "twin.yaml", "Box").id == "dt:Box_001"


def test_the_name_may_stand_in_the_metadata():
    twin = reader.read("metadata: {name: Room 1, domain: [Temperature]}", "r/twin.yaml")
    assert twin.name == "Room 1"
    assert twin.metadata == {"name": "Room 1", "domain": ["Temperature"]}


@pytest.mark.parametrize(
    ("folder", "text"),
    [
        ("lift", "lift_id: lift-001"),
        ("energy_hvac", "site: [Energy, HVAC]"),
        ("m5core2", "device_id: core2-001"),
    ],
)
def test_the_files_of_the_original_platform_are_read(folder, text):
    twin = reader.read(
        f"@id: dt:{folder}_001\nname: A (b + c)\ntenant: demo\nmetadata:\n"
        f"  domain: [Lift]\n  status: instantiated\n  {text}\ninterfaces:\n"
        f"  api: http://localhost:3001\n  data_streams:\n    - MQTT:dtp/{folder}/alerts\n"
        "dependencies:\n  static: []\n  dynamic: []\n",
        f"twins/{folder}/twin.yaml",
    )
    assert twin.id == f"dt:{folder}_001"
    assert text.split(":")[0] in twin.metadata
    assert twin.interfaces.data_streams == (f"MQTT:dtp/{folder}/alerts",)


def test_json_is_read_with_tabs_and_escapes():
    said = {"@id": "dt:A_001", "name": "Grün 🌱", "signals": {"a": {"unit": "Cel"}}}
    for text in (json.dumps(said, indent="\t"), json.dumps(said, ensure_ascii=False)):
        twin = reader.read(text, "a/twin.json")
        assert (twin.id, twin.name) == ("dt:A_001", "Grün 🌱")
    text = json.dumps({**said, "nmae": 1}, indent="\t")
    assert _problems(text, "a/twin.json")[0].line == 9


def test_a_byte_order_mark_and_windows_line_ends_do_not_matter():
    text = "\ufeff" + CONTRACT.replace("\n", "\r\n")
    assert reader.read(text, "a/twin.yaml").name == "Plant box 1"


def test_sections_may_be_empty():
    twin = reader.read("name: A\nsignals:\nsensors:\nrules:\n", "a/twin.yaml")
    assert (twin.signals, twin.sensors, twin.rules) == ({}, {}, ())


WRONG = [
    ("nmae: x", "nmae", 1, "an unknown key", "did you mean name?"),
    ("name: [x]", "name", 1, "['x']", ""),
    ("@id: a b", "@id", 1, "'a b'", ""),
    ("twin_id: dt:a/b", "twin_id", 1, "'dt:a/b'", ""),
    ("name: a\ntenant: 'a b'", "tenant", 2, "'a b'", ""),
    (
        "metadata: {status: runing}",
        "metadata.status",
        1,
        "'runing'",
        "did you mean running?",
    ),
    ("interfaces: {data_streams: [dtp]}", "interfaces.data_streams[0]", 1, "'dtp'", ""),
    ("dependencies: {static: ['']}", "dependencies.static[0]", 1, "''", ""),
    ("signals: {1a: {}}", "signals.1a", 1, "'1a'", ""),
    ("signals: {a: {unit: lux}}", "signals.a.unit", 1, "'lux'", "did you mean lx?"),
    ("signals: {a: {range: [5, 5]}}", "signals.a.range", 1, "[5.0, 5.0]", ""),
    ("signals: {a: {range: [.nan, 5]}}", "signals.a.range", 1, "[nan, 5.0]", ""),
    ("signals: {a: {limits: [9, 5]}}", "signals.a.limits", 1, "[9.0, 5.0]", ""),
    ("signals: {a: {stuck_after: soon}}", "signals.a.stuck_after", 1, "'soon'", ""),
    ("signals: {a: {stuck_after: 0}}", "signals.a.stuck_after", 1, "0", ""),
    ("signals: {a: {max_rate: -1/s}}", "signals.a.max_rate", 1, "'-1/s'", ""),
    ("signals: {a: {deadband: -1}}", "signals.a.deadband", 1, "-1.0", ""),
    ("signals: {a: {digits: 99}}", "signals.a.digits", 1, "99", ""),
    (
        "signals: {a: {retain: {2min: 1d}}}",
        "signals.a.retain.2min",
        1,
        "'2min'",
        "did you mean 1min?",
    ),
    (
        "signals:\n  a:\n    calibration:\n      - [2, 0]\n      - [1, 1]",
        "signals.a.calibration[1]",
        5,
        "the raw value 1 after 2",
        "",
    ),
    (
        "signals: {a: {calibration: [[1, 0], [1, 1]]}}",
        "signals.a.calibration[1]",
        1,
        "the raw value 1 after 1",
        "",
    ),
    (
        "signals: {a: {calibration: [[1, 0]], polynomial: [1]}}",
        "signals.a.polynomial",
        1,
        "calibration too",
        "",
    ),
    (
        "signals: {a: {}}\nderived: {a: {formula: '1'}}",
        "derived.a",
        2,
        "a signal's name",
        "",
    ),
    ("sensors: {s: {driver: x, every: 0}}", "sensors.s.every", 1, "0.0", ""),
    ("sensors: {s: {every: 5s}}", "sensors.s.driver", 1, "nothing", ""),
    (
        "signals: {air: {}}\nsensors:\n  s: {driver: x, reads: {t: airr}}",
        "sensors.s.reads.t",
        3,
        "'airr'",
        "did you mean air?",
    ),
    (
        "signals: {a: {}}\nsensors: {s: {driver: x, reads: {t: a, u: a}}}",
        "sensors.s.reads.u",
        2,
        "'a' again",
        "",
    ),
    (
        "derived: {b: {formula: '1'}}\nsensors: {s: {driver: x, reads: {t: b}}}",
        "sensors.s.reads.t",
        2,
        "'b', which is derived",
        "",
    ),
    (
        "signals: {a: {}}\nderived: {b: {formula: 'c * 2'}}",
        "derived.b.formula",
        2,
        "'c * 2'",
        "saw 'c', expected one of a, b",
    ),
    (
        "signals: {a: {}}\nderived: {b: {formula: 'sin(a)'}}",
        "derived.b.formula",
        2,
        "'sin(a)'",
        "unknown function",
    ),
    (
        "signals: {a: {unit: lx}}\nderived: {b: {formula: 'a', unit: Cel}}",
        "derived.b.formula",
        2,
        "'a'",
        "saw lx, expected Cel",
    ),
    (
        "signals: {a: {}}\nderived:\n  b: {formula: c}\n  c: {formula: b}",
        "derived.b.formula",
        3,
        "b -> c -> b",
        "",
    ),
    (
        "actuators: {pump: {}}\nloops: {l: {input: x, output: pump}}",
        "loops.l.input",
        2,
        "'x'",
        "",
    ),
    (
        "actuators: {pump: {}}\nroutines: [{then: [{actuator: pumpe}]}]",
        "routines[0].then[0].actuator",
        2,
        "'pumpe'",
        "did you mean pump?",
    ),
    (
        "signals: {soil: {}}\nrules: [{when: 'soyl < 3 and max(soil, 2) > 1'}]",
        "rules[0].when",
        2,
        "'soyl'",
        "did you mean soil?",
    ),
    (
        "signals: {soil: {}}\nrules: [{message: 'is {sail:.1f}'}]",
        "rules[0].message",
        2,
        "'sail'",
        "did you mean soil?",
    ),
    ("rules: [{id: a}, {id: a}]", "rules[1].id", 1, "'a'", ""),
    ("", "", 1, "no keys", ""),
    ("- a", "", 1, "a file of another kind", ""),
    ("a: [", "", 1, "text that is not YAML", ""),
]


@pytest.mark.parametrize(("text", "path", "line", "seen", "hint"), WRONG)
def test_a_problem_tells_file_line_path_seen_expected_and_nearest(
    text, path, line, seen, hint
):
    problems = _problems(text)
    found = [p for p in problems if p.path == path]
    assert found, problems
    assert (found[0].file, found[0].line) == ("twins/plant/twin.yaml", line)
    assert found[0].seen == seen
    assert found[0].expected
    assert hint in found[0].hint
    assert len(problems) == 1


def test_all_problems_of_a_file_are_told_at_once_in_its_order():
    text = CONTRACT.replace("unit: Cel", "unit: C°").replace("every: 5s", "every: now")
    text = text.replace("input: air.temperature", "input: air.temprature")
    text = text.replace("tenant: demo", "tenat: demo")
    problems = _problems(text)
    assert [(p.line, p.path) for p in problems] == [
        (3, "tenat"),
        (9, "signals.air.temperature.unit"),
        (12, "sensors.climate.every"),
        (19, "loops.warmth.input"),
    ]
    with pytest.raises(TwinError) as raised:
        reader.read(text, "twins/plant/twin.yaml")
    assert raised.value.message.count("\n") == 3
    assert "docs/twin.md" in raised.value.hint


def test_a_signal_that_is_wrong_itself_is_not_unknown_too():
    text = CONTRACT.replace("range: [-40, 80]", "range: 5")
    assert [p.path for p in _problems(text)] == ["signals.air.temperature.range"]


def test_a_bad_file_and_a_repeated_id_stop_no_other_twin():
    texts = [
        Text(file="a/twin.yaml", text="@id: dt:A_001\nname: A"),
        Text(file="b/twin.yaml", text="a: ["),
        Text(file="c/twin.yaml", text="name: C\n@id: dt:A_001"),
        Text(file="d/twin.yaml", text="@id: dt:D_001"),
    ]
    found = reader.read_all(texts)
    assert [t.id for t in found.twins] == ["dt:A_001", "dt:D_001"]
    assert [b.file for b in found.broken] == ["b/twin.yaml", "c/twin.yaml"]
    again = found.broken[1].problems[0]
    assert (again.line, again.path, again.seen) == (2, "@id", "'dt:A_001'")
    assert "a/twin.yaml:1 has it already" in again.hint


def test_a_path_leads_to_its_line_or_the_nearest_above(twin):
    assert (
        twin.where("sensors.climate.pin") == "twins/plant/twin.yaml:12: sensors.climate.pin"
    )
    assert twin.line("sensors.climate.colour") == 12
    assert twin.line("rules[0].then[0].duration") == 18
    assert twin.line("nothing") == 1


@given(st.text(max_size=200))
def test_any_text_is_a_twin_or_broken(text):
    found = reader.read_all([Text(file="a/twin.yaml", text=text)])
    assert len(found.twins) + len(found.broken) == 1


tokens = st.sampled_from(re.findall(r"[\w@.]+|[\[\]{}:,\"'\n-]|  ", CONTRACT))


@given(st.lists(tokens, max_size=40).map("".join))
def test_any_words_of_a_twin_are_a_twin_or_broken(text):
    found = reader.read_all([Text(file="a/twin.yaml", text=text)])
    for broken in found.broken:
        assert all(p.line >= 1 and p.expected for p in broken.problems)


def test_every_field_is_documented():
    from dt.twin import description as d

    told = (Path(__file__).parents[3] / "docs" / "twin.md").read_text(encoding="utf-8")
    structs = (reader.TwinFile, d.SignalSpec, d.SensorSpec, d.DerivedSpec, d.Asset)
    for struct in (*structs, d.Interfaces, d.Dependencies):
        for name in struct.__struct_encode_fields__:
            assert f"`{name}`" in told, f"{struct.__name__}.{name}"
