"""The API in its own words: OpenAPI 3.1, made from the declarations of its operations."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from flask import Blueprint, Flask, Response, current_app, render_template

from dt import __version__
from dt.store.users import Role
from webapp.api.operation import JSON, MARK, Operation, is_list, serve
from webapp.auth.policy import requires
from webapp.context import current
from webapp.errors import Problem

blueprint = Blueprint("openapi", __name__)

_PART = re.compile(r"<(?:(\w+):)?(\w+)>")
_KINDS = {"int": {"type": "integer", "minimum": 0}}
_ERRORS = {
    400: "The body or a header cannot be read at all",
    401: "Nobody is signed in, or the token is worth nothing",
    403: "The role or the token's scopes do not allow it, or a form has no proof",
    404: "The named thing does not exist",
    405: "The address does not know the method",
    409: "It exists already, or it may not be changed so",
    413: "The body is larger than web.max_body",
    415: "The body is not JSON",
    422: "A key or value is not as declared",
    429: "Too many attempts",
    500: "A fault of ours; the log has the details",
    503: "The store or the hardware cannot do it now",
    507: "No room on the disk or in the budget",
}


def declared(app: Flask) -> Iterator[tuple[str, Operation, str]]:
    """Yield (address, operation, description) of each declared operation."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        view = app.view_functions[rule.endpoint]
        operation = getattr(view, MARK, None)
        if isinstance(operation, Operation):
            yield rule.rule, operation, view.__doc__ or ""


@serve(
    blueprint,
    Operation(
        method="GET",
        rule="/openapi.json",
        summary="Describe this API as OpenAPI 3.1",
        answer=dict[str, Any],
        tag="documentation",
    ),
)
def get_openapi() -> Response:
    """Return the description of this appliance's API."""
    body = msgspec.json.encode(document(current_app))
    answer = Response(body, mimetype=JSON)
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


@blueprint.get("/docs")
@requires(Role.VIEWER)
def docs() -> str:
    """Show the API in Swagger UI."""
    return render_template("docs.html", title=current().title())


def document(app: Flask) -> dict[str, Any]:
    """Return the OpenAPI document of an app."""
    found = list(declared(app))
    schemas, components = _schemas([operation for _, operation, _ in found])
    paths: dict[str, dict[str, Any]] = {}
    for rule, operation, description in found:
        path = _PART.sub(r"{\2}", rule)
        entry = _entry(rule, operation, schemas)
        entry["description"] = description.strip().split("\n\n")[0]
        paths.setdefault(path, {})[operation.method.lower()] = entry
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Digital-twin appliance",
            "version": __version__,
            "description": "Every error has one shape: status, code, message, hint.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "dt_…"},
                "session": {"type": "apiKey", "in": "cookie", "name": "dt_session"},
            },
        },
        "security": [{"token": []}, {"session": []}],
    }


def _schemas(operations: list[Operation]) -> tuple[dict[int, Any], dict[str, Any]]:
    """Return the schema of each type by its identity, and the shared components."""
    kinds: list[Any] = [Problem]
    for operation in operations:
        kinds += [kind for kind in (operation.answer, operation.body) if kind is not None]
        if operation.query is not None:
            kinds += [field.type for field in msgspec.structs.fields(operation.query)]
    made, components = msgspec.json.schema_components(
        kinds, schema_hook=_schema_of, ref_template="#/components/schemas/{name}"
    )
    plain: dict[str, Any] = _plain(components)
    return {id(k): _plain(one) for k, one in zip(kinds, made, strict=True)}, plain


def _plain(schema: Any) -> Any:
    """Return a schema in which a tuple of one type is a list of fixed length.

    Both say the same, but many tools do not know ``prefixItems``.
    """
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _plain(one) for key, one in schema.items()}
    first = found.get("prefixItems")
    if first and all(one == first[0] for one in first):
        found.pop("prefixItems")
        found["items"] = first[0]
    return found


def _schema_of(kind: type) -> dict[str, Any]:
    """Return the schema of a type that msgspec does not know."""
    if issubclass(kind, float):
        return {"type": "number"}
    return {"description": "any JSON value"}


def _entry(rule: str, operation: Operation, schemas: dict[int, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "summary": operation.summary,
        "operationId": _operation_id(rule, operation),
        "tags": [operation.tag or _tag(rule)],
        "parameters": [*_parts(rule), *_keys(operation, schemas)],
        "responses": _answers(operation, schemas),
    }
    if operation.role is None:
        entry["security"] = []
    else:
        entry["x-role"] = operation.role.value
        entry["x-scope"] = operation.scope.value
    if operation.body is not None:
        entry["requestBody"] = {
            "required": True,
            "content": {JSON: {"schema": schemas[id(operation.body)]}},
        }
    return entry


def _operation_id(rule: str, operation: Operation) -> str:
    words = re.findall(r"[a-z0-9]+", rule.removeprefix("/api/v1").lower())
    return "_".join([operation.method.lower(), *words])


def _tag(rule: str) -> str:
    return rule.removeprefix("/api/v1").strip("/").partition("/")[0]


def _parts(rule: str) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": _KINDS.get(kind, {"type": "string", "minLength": 1}),
        }
        for kind, name in _PART.findall(rule)
    ]


def _keys(operation: Operation, schemas: dict[int, Any]) -> list[dict[str, Any]]:
    if operation.query is None:
        return []
    keys = []
    for field in msgspec.structs.fields(operation.query):
        schema = dict(schemas[id(field.type)])
        if not field.required and field.default is not msgspec.NODEFAULT:
            schema["default"] = field.default
        key: dict[str, Any] = {
            "name": field.encode_name,
            "in": "query",
            "required": field.required,
            "schema": schema,
        }
        if "description" in schema:
            key["description"] = schema.pop("description")
        if is_list(field.type):
            key |= {"style": "form", "explode": True}
        keys.append(key)
    return keys


def _answers(operation: Operation, schemas: dict[int, Any]) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for status in (operation.status, *operation.failures):
        answer: dict[str, Any] = {"description": operation.summary}
        if operation.answer is not None:
            answer["content"] = {JSON: {"schema": schemas[id(operation.answer)]}}
        if operation.media:
            answer["content"] = {media.partition(";")[0]: {} for media in operation.media}
        answers[str(status)] = answer
    problem = {JSON: {"schema": schemas[id(Problem)]}}
    for status, text in _ERRORS.items():
        if str(status) not in answers:
            answers[str(status)] = {"description": text, "content": problem}
    return answers
