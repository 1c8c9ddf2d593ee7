"""The page about the wire, and the schema, say what the codec does."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from jsonschema_rs import Draft202012Validator

from dt.codec import batch as batches
from dt.codec import events, schema
from dt.codec.document import Document
from dt.codec.events import CommandResult, Head
from dt.errors import CodecError
from dt.twin.quality import Quality, Reason, pack, quality_of, reason_of, score_of

PAGE = (Path(__file__).parents[3] / "docs" / "wire.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def validator():
    return Draft202012Validator(schema.schema())


def _every_code():
    """Return a batch with every quality, many reasons and scores, and both clocks."""
    rows = [
        pack(quality, reason, score=score, unsynced=score == 0.25)
        for quality in Quality
        for reason in Reason
        for score in (None, 0.25, 1.0)
    ]
    example = json.loads(EXAMPLES[0])
    n = len(rows)
    columns = {
        "n": n,
        "dt": [3] * n,
        "s": [0, 1] * (n // 2),
        "x": [1.25] * n,
        "q": {},
        "r": {},
    }
    made = batches.decode(json.dumps({**example, **columns}).encode())
    made.code[:] = rows
    made.value[(made.code & 3) == 2] = np.nan
    return made


def test_the_decoder_of_the_page_reads_what_is_sent():
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(code.split("def readings")[1].splitlines()) <= 20
    scope = {}
    exec(code, scope)
    made = _every_code()
    found = list(scope["readings"](batches.encode(made)))
    assert len(found) == len(made) > 100
    for i, (identity, signal, unit, at, value, quality, reason, score) in enumerate(found):
        assert identity == (made.appliance, made.epoch, made.first + i)
        assert (signal, unit) == (made.signals[i % 2].id, made.signals[i % 2].unit)
        assert at == made.observed_at[i]
        assert value == (None if np.isnan(made.value[i]) else made.value[i])
        code = int(made.code[i])
        assert (quality, reason) == (quality_of(code), reason_of(code))
        assert score == pytest.approx(score_of(code))


def test_the_examples_of_the_page_are_read(validator):
    batch, event = EXAMPLES
    made = batches.decode(batch.encode())
    assert made.code.tolist() == [0, 0, 0, pack(Quality.BAD, Reason.CHECKSUM)]
    assert list(validator.iter_errors(json.loads(batch))) == []
    assert isinstance(events.decode(event.encode()), CommandResult)


def test_every_key_of_a_batch_and_every_type_of_event_is_on_the_page():
    for key in Document.__struct_fields__:
        assert re.search(rf"^\|.*`{key}`", PAGE, re.MULTILINE), key
    tags = [kind.__struct_config__.tag for kind in Head.__subclasses__()]
    for tag in filter(None, tags):
        assert f"`{tag}` (" in PAGE or f"`{tag}`," in PAGE, tag


def test_the_schema_takes_what_the_codec_sends(validator):
    assert list(validator.iter_errors(json.loads(batches.encode(_every_code())))) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"v": 2},
        {"n": 0},
        {"n": 1001},
        {"seq": 0},
        {"epoch": 2**53},
        {"clock": "late"},
        {"t0": -1},
        {"x": ["1"]},
        {"dt": [0.5]},
        {"s": [-1]},
        {"appliance": "a\n"},
        {"signals": [{"id": ""}]},
        {"q": {"3": "sour"}},
        {"q": {"three": "bad"}},
        {"q": {"1000": "bad"}},
        {"q": {"01": "bad"}},
        {"r": {"3": 32}},
        {"p": {"3": 101}},
    ],
    ids=str,
)
def test_schema_and_codec_refuse_the_same(changes, validator):
    data = {**json.loads(EXAMPLES[0]), **changes}
    assert list(validator.iter_errors(data))
    with pytest.raises(CodecError):
        batches.decode(json.dumps(data).encode())
