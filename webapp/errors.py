"""Every error becomes an answer: one JSON shape for programs, a page for people.

``{"status": 409, "code": "command.interlocked", "message": …, "hint": …}``
"""

import logging
from http import HTTPStatus

import msgspec
from flask import Flask, Response, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from dt.errors import (
    DtError,
    ForbiddenError,
    MalformedError,
    MediaTypeError,
    MethodError,
    NotFoundError,
    RequestError,
    ThrottledError,
    TooLargeError,
    UnauthenticatedError,
)

log = logging.getLogger(__name__)

_KINDS: dict[int, type[RequestError]] = {
    kind.status: kind
    for kind in (
        MalformedError,
        UnauthenticatedError,
        ForbiddenError,
        NotFoundError,
        MethodError,
        TooLargeError,
        MediaTypeError,
        RequestError,
        ThrottledError,
    )
}


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong, with which thing, and what to do.

    Attributes:
        status: The HTTP status.
        code: One of `docs/errors.md`; programs look at this.
        message: For people: what happened to which thing, value seen, value expected.
        hint: What to do; may be empty.
    """

    status: int
    code: str
    message: str
    hint: str = ""


def problem_of(error: Exception) -> Problem:
    """Return what to tell the caller about an error; internals are told to nobody."""
    if isinstance(error, DtError):
        return Problem(
            status=error.status, code=error.code, message=error.message, hint=error.hint
        )
    if isinstance(error, HTTPException):
        status = error.code or 500
        kind = _KINDS.get(status, RequestError if status < 500 else DtError)
        text = HTTPStatus(status).description or HTTPStatus(status).phrase
        return Problem(status=status, code=kind.code, message=_plain(text))
    return Problem(
        status=500,
        code=DtError.code,
        message="the appliance could not answer this",
        hint="see its log; dt doctor --bundle collects what is needed for a report",
    )


def install(app: Flask) -> None:
    """Answer every error of this app."""

    @app.errorhandler(HTTPException)
    @app.errorhandler(DtError)
    def expected(error: Exception) -> AnyResponse:
        """Answer an error that somebody raised on purpose."""
        if isinstance(error, HTTPException) and (error.code or 500) < 400:
            return error.get_response()
        problem = problem_of(error)
        if problem.status >= 500:
            log.warning("request failed", extra=_facts(problem, str(error)))
        return _answer(problem)

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> AnyResponse:
        """Answer a fault of ours; its traceback goes to the log."""
        problem = problem_of(error)
        log.error("request broke", exc_info=error, extra=_facts(problem, repr(error)))
        return _answer(problem)


def _facts(problem: Problem, error: str) -> dict[str, object]:
    return {
        "method": request.method,
        "path": request.path,
        "code": problem.code,
        "error": error,
    }


def _answer(problem: Problem) -> AnyResponse:
    if not wants_page():
        return json_answer(problem)
    if problem.status == 401:
        return redirect(url_for("auth.sign_in", next=request.full_path.rstrip("?")))
    page = render_template("error.html", problem=problem)
    return Response(page, problem.status)


def json_answer(problem: Problem) -> Response:
    """Return a problem as JSON."""
    answer = Response(
        msgspec.json.encode(problem), problem.status, mimetype="application/json"
    )
    if problem.status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    if problem.status == 429:
        digits = "".join(c for c in problem.hint if c.isdigit())
        answer.headers["Retry-After"] = digits or "60"
    return answer


def wants_page() -> bool:
    """Tell whether the caller is a browser that wants a page."""
    if request.blueprint in {"plant", "ops"} or request.path.startswith("/api/"):
        return False
    best = request.accept_mimetypes.best_match(["application/json", "text/html"])
    return best == "text/html" and "text/html" in request.headers.get("Accept", "")


def _plain(text: str) -> str:
    return text[:1].lower() + text[1:].rstrip(".")
