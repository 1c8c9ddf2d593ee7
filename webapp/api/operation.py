"""One declaration makes a view: its types check what comes and goes."""

import difflib
import re
import typing
from collections.abc import Callable
from typing import Any

import msgspec
from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from dt.errors import MalformedError, MediaTypeError, RequestError
from dt.store.users import Role
from webapp.auth.identity import Scope
from webapp.auth.policy import Access, marked

_SHOWN = 60
_STEP = re.compile(r"([^.\[\]]+)|\[([^\]]*)\]")
_SECRET = re.compile("password|secret|token|code|key|hash", re.IGNORECASE)

MARK = "dt_operation"
JSON = "application/json"
_View = Callable[..., Any]


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """What one method of one address is.

    Attributes:
        method: ``GET``, ``POST``, …
        rule: As Flask writes it, without the prefix.
        summary: One imperative sentence.
        answer: Type of the answer; None: there is no body.
        query: Struct of the query's keys; the view gets it as `query`.
        body: Struct of the JSON body; the view gets it as `body`.
        status: Of the answer when all is well.
        role: Who may; None: anybody.
        scope: What a token must be for.
        tokens: Whether a token will do at all.
        media: Types of the answer's body, if it is not JSON.
        text_in_json: A JSON text that holds JSON is taken for what it holds.
        failures: Statuses at which the answer has the same type.
        tag: Chapter in the documentation; empty: the rule's first part.
    """

    method: str
    rule: str
    summary: str
    answer: Any = None
    query: Any = None
    body: Any = None
    status: int = 200
    role: Role | None = Role.VIEWER
    scope: Scope = Scope.READ
    tokens: bool = True
    media: tuple[str, ...] = ()
    text_in_json: bool = False
    failures: tuple[int, ...] = ()
    tag: str = ""


def serve(blueprint: Blueprint, declared: Operation) -> Callable[[_View], _View]:
    """Make a function the answer to an operation.

    The function gets the parts of the address by name, and `query` and `body` if they
    are declared. It returns the answer, the answer and a status, or a ready response.
    """

    def decorate(function: _View) -> _View:
        def view(**parts: Any) -> Response:
            if declared.query is not None:
                parts["query"] = read_query(declared.query)
            if declared.body is not None:
                parts["body"] = read_body(declared.body, declared.text_in_json)
            result = function(**parts)
            if isinstance(result, tuple):
                return written(result[0], result[1])
            return written(result, declared.status)

        view.__doc__ = function.__doc__
        setattr(view, MARK, declared)
        access = Access(role=declared.role, scope=declared.scope, tokens=declared.tokens)
        blueprint.add_url_rule(
            declared.rule,
            endpoint=function.__name__,
            view_func=marked(access)(view),
            methods=[declared.method],
        )
        return function

    return decorate


def written(result: Any, status: int = 200) -> Response:
    """Return a result as JSON; NaN becomes null."""
    if isinstance(result, Response):
        return result
    if result is None:
        return Response(status=204 if status == 200 else status)
    return Response(msgspec.json.encode(result, enc_hook=_plain), status, mimetype=JSON)


def _plain(value: object) -> object:
    """Return what JSON can say of a duration, rate or size."""
    if isinstance(value, float):
        return float(value)
    if isinstance(value, int):
        return int(value)
    raise NotImplementedError(type(value).__name__)


def read_query(kind: Any) -> Any:
    """Return the query of this request as a struct.

    Raises:
        RequestError: A key is unknown, missing, or has an impossible value.
    """
    fields = {f.encode_name: f for f in msgspec.structs.fields(kind)}
    values: dict[str, Any] = {}
    for key in request.args:
        if key not in fields:
            near = difflib.get_close_matches(key, fields, n=1, cutoff=0.5)
            raise RequestError(
                f"query has an unknown key {key!r}: expected {', '.join(fields) or 'none'}",
                hint=f"did you mean {near[0]}?" if near else "",
            )
        given = request.args.getlist(key)
        values[key] = given if is_list(fields[key].type) else given[-1]
    return _converted(values, kind, "query")


def is_list(kind: Any) -> bool:
    """Tell whether a type is a list or tuple, perhaps annotated."""
    if typing.get_origin(kind) is typing.Annotated:
        kind = typing.get_args(kind)[0]
    return typing.get_origin(kind) in {list, tuple}


def _converted(values: Any, kind: Any, what: str) -> Any:
    try:
        return msgspec.convert(values, kind, strict=False)
    except msgspec.ValidationError as error:
        raise refused(error, what, values) from error


def read_body(kind: Any, text_in_json: bool = False) -> Any:
    """Return the JSON body of this request as a struct.

    Raises:
        MediaTypeError: It is not declared as JSON.
        MalformedError: It is not JSON.
        RequestError: It is JSON of another shape.
    """
    if request.mimetype not in {JSON, ""} and not request.mimetype.endswith("+json"):
        raise MediaTypeError(
            f"body is {request.mimetype!r}: expected {JSON}",
            hint=f"send the header Content-Type: {JSON}",
        )
    data = body_bytes()
    try:
        if text_in_json and data.lstrip()[:1] == b'"':
            data = msgspec.json.decode(data, type=str).encode()
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError as error:
        raise refused(error, "body", _whole(data)) from error
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise _malformed(error) from error


def _whole(data: bytes) -> object:
    """Return a body of the wrong shape; None: it is nested too deeply to be told.

    Raises:
        MalformedError: What comes after the wrong shape is no JSON at all.
    """
    try:
        return msgspec.json.decode(data)
    except RecursionError:
        return None
    except (msgspec.DecodeError, UnicodeError) as error:
        raise _malformed(error) from error


def _malformed(error: Exception) -> MalformedError:
    return MalformedError(f"body is not JSON: {error}"[:300])


def body_bytes() -> bytes:
    """Return the body of this request.

    Raises:
        MalformedError: It broke off.
        TooLargeError: It is larger than ``web.max_body`` (by Flask).
    """
    try:
        return request.get_data(cache=False)
    except HTTPException:
        raise
    except (OSError, ValueError) as error:
        raise MalformedError(f"body broke off: {error}"[:300]) from error


def refused(error: msgspec.ValidationError, what: str, given: Any = None) -> RequestError:
    """Return what to tell about a value of the wrong shape: where, seen, expected.

    Args:
        error: What msgspec says.
        what: Where, if it does not say it.
        given: All that was given; what may be a secret is not repeated.
    """
    said, _, where = str(error).partition(" - at ")
    path = where.strip("`").removeprefix("$").lstrip(".")
    said = f"{said[:1].lower()}{said[1:].replace('`', '')}"
    seen = _seen(given, path) if said.startswith("expected") else ""
    said = said.split(", got ")[0] if seen else said
    return RequestError(f"{path or what}: {seen}{said}"[:400])


def _seen(given: Any, path: str) -> str:
    """Return ``saw …, `` with the value at a path; nothing if it is not to be told."""
    steps = _STEP.findall(path)
    if not steps or any(_SECRET.search(name) for name, _ in steps):
        return ""
    for name, index in steps:
        try:
            given = given[name] if name else given[int(index)]
        except (LookupError, TypeError, ValueError):
            return ""
    if isinstance(given, dict | list):
        return f"saw {'an object' if isinstance(given, dict) else 'a list'}, "
    text = msgspec.json.encode(given).decode()
    return f"saw {text if len(text) <= _SHOWN else text[: _SHOWN - 1] + '…'}, "
