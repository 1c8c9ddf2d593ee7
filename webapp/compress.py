"""Files and data go over the air compressed; pages do not.

A page holds the proof against forged forms beside words of the request, and a length
that depends on both can tell the proof (the BREACH attack), so HTML stays as it is.
"""

import gzip
from collections import OrderedDict

from flask import Flask, Response, request

_KINDS = frozenset(
    {
        "application/json",
        "application/javascript",
        "image/svg+xml",
        "text/css",
        "text/javascript",
    }
)
_SMALLEST = 1_400  # one packet: less cannot arrive sooner
_LEVEL_ONCE, _LEVEL_KEPT = 1, 6
_MOST_KEPT = 64
_LARGEST_KEPT = 100_000


def install(app: Flask) -> None:
    """Compress answers that are worth it, for clients that understand it."""
    kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()

    @app.after_request
    def compress(answer: Response) -> Response:
        """Replace the body by a smaller one."""
        if not _is_worth_it(answer):
            return answer
        answer.headers["Vary"] = "Accept-Encoding"
        if not request.accept_encodings.quality("gzip"):
            return answer
        etag = answer.get_etag()[0] or ""
        key = (request.path, etag)
        body = kept.get(key) if request.endpoint == "static" else None
        if body is None:
            answer.direct_passthrough = False
            is_file = request.endpoint == "static"
            level = _LEVEL_KEPT if is_file else _LEVEL_ONCE
            body = gzip.compress(answer.get_data(), level, mtime=0)
            if is_file and len(body) <= _LARGEST_KEPT:
                kept[key] = body
                while len(kept) > _MOST_KEPT:
                    kept.popitem(last=False)
        else:
            answer.close()
            answer.direct_passthrough = False
        answer.set_data(body)
        answer.headers["Content-Encoding"] = "gzip"
        if etag:
            answer.set_etag(etag, weak=True)
        return answer


def _is_worth_it(answer: Response) -> bool:
    return (
        request.method == "GET"
        and answer.status_code == 200
        and answer.mimetype in _KINDS
        and "Content-Encoding" not in answer.headers
        and (answer.content_length or 0) >= _SMALLEST
    )
