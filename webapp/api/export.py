"""All readings of a range as a file: CSV, JSON Lines, Parquet or SenML."""

from collections.abc import Callable, Iterator
from typing import Annotated, Literal

import msgspec
from flask import Blueprint, Response

from dt.store.transfer import export, formats
from webapp.api import moments
from webapp.api.moments import Moment
from webapp.api.operation import Operation, serve
from webapp.context import current

blueprint = Blueprint("api_export", __name__, url_prefix="/api/v1")

_ENDS = {"csv": "csv", "jsonl": "jsonl", "parquet": "parquet", "senml": "senml.json"}


class ExportQuery(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Which readings, and as which file."""

    signal: Annotated[
        list[str], msgspec.Meta(description="Full name, * and ? allowed; none: all")
    ] = []
    from_: Moment = "-24h"
    to: Moment = "now"
    format: Literal["csv", "jsonl", "parquet", "senml"] = "csv"


@serve(
    blueprint,
    Operation(
        method="GET",
        rule="/readings/export",
        summary="Download readings as a file, as they were stored",
        query=ExportQuery,
        media=tuple(formats.MEDIA_TYPES.values()),
    ),
)
def export_readings(query: ExportQuery) -> Response:
    """Stream a file; others are served between its pieces."""
    context = current()
    start, end = moments.span(query.from_, query.to, context.clock.now_ms())
    rows = export.matching(context.log, query.signal)
    pieces = export.export_rows(
        context.log, [row.id for row in rows], start, end, query.format
    )
    answer = Response(_shared(pieces, context.pause))
    answer.headers["Content-Type"] = formats.MEDIA_TYPES[query.format]
    name = f"{context.log.appliance}-{start}-{end}.{_ENDS[query.format]}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _shared(pieces: Iterator[bytes], pause: Callable[[], None]) -> Iterator[bytes]:
    for piece in pieces:
        yield piece
        pause()
