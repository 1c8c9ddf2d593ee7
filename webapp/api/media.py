"""Stills that a camera kept, by twin, signal and time."""

import mimetypes

from flask import Blueprint, Response, send_from_directory

from dt.errors import NotFoundError
from webapp.api.operation import Operation, serve
from webapp.context import current

blueprint = Blueprint("api_media", __name__, url_prefix="/api/v1")

_ENDS = ("jpg", "png")
_KEEP_S = 86_400


@serve(
    blueprint,
    Operation(
        method="GET",
        rule="/media/<twin>/<signal>/<int:at>.<end>",
        summary="Get the still of one moment (UTC ms), .jpg or .png",
        media=("image/jpeg", "image/png"),
    ),
)
def get_still(twin: str, signal: str, at: int, end: str) -> Response:
    """Return one picture; it never changes, so a browser may keep it."""
    folder = current().config.media_dir
    parts = (twin, signal, f"{at}.{end}")
    path = folder.joinpath(*parts)
    odd = any(part in {"", ".", ".."} or "\0" in part or "\\" in part for part in parts)
    if odd or end not in _ENDS or not path.is_file():
        raise NotFoundError(f"there is no still of {twin}/{signal} at {at}")
    answer = send_from_directory(
        folder, "/".join(parts), mimetype=mimetypes.types_map[f".{end}"], max_age=_KEEP_S
    )
    answer.headers["Cache-Control"] = f"private, max-age={_KEEP_S}, immutable"
    return answer
