"""Write the files of docs/ that follow from the code: ``make docs``. Tests compare them."""

from pathlib import Path

from dt.codec import schema as batch_schema
from dt.codec.topics import BY_NAME, Topic
from dt.twin import schema as twin_schema
from dt.twin.quality import Reason

DOCS = Path(__file__).resolve().parents[1] / "docs"
_DAY_MS = 86_400_000


def files() -> dict[Path, str]:
    """Return what each generated file should hold."""
    wire = DOCS / "wire.md"
    text = wire.read_text(encoding="utf-8")
    text = _between(
        text,
        "topics",
        "\n".join(
            [
                "| topic | key | content | partitions | kept |",
                "|---|---|---|---|---|",
                *map(_topic, BY_NAME.values()),
            ]
        ),
    )
    text = _between(
        text, "reasons", ", ".join(f"{r.value} {_words(r)}" for r in Reason if r)
    )
    return {
        DOCS / "twin.schema.json": twin_schema.text(),
        DOCS / "batch.schema.json": batch_schema.text(),
        wire: text,
    }


def _topic(topic: Topic) -> str:
    if topic.retention_ms is None:
        kept = "the newest of each key"
    else:
        kept = f"{topic.retention_ms // _DAY_MS} days"
    cells = (f"`{topic.name}`", topic.key or "–", topic.content, topic.partitions, kept)
    return f"| {' | '.join(map(str, cells))} |"


def _words(reason: Reason) -> str:
    return reason.name.lower().replace("_", " ")


def _between(text: str, mark: str, made: str) -> str:
    begin, end = f"<!-- {mark}: make docs -->", f"<!-- {mark}: end -->"
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n\n{made}\n\n{end}{after}"


if __name__ == "__main__":
    for path, content in files().items():
        path.write_text(content, encoding="utf-8")
        print(path)
