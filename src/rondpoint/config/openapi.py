"""Completes ninja's OpenAPI description with what holds for every operation."""

from typing import Any

PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "reason"],
                "properties": {"field": {"type": "string"}, "reason": {"type": "string"}},
            },
        },
    },
}
STATUSES = {
    "401": "No valid key",
    "404": "There is no such thing, or not for you",
    "422": "A field does not hold, or the gate refuses",
    "503": "It cannot be stored now",
}
BODY_STATUSES = {
    "400": "The body is not JSON",
    "411": "The body came without its Content-Length",
    "413": "The body has more than 1 MB",
}
POST_STATUSES = {
    "409": "The Idempotency-Key was used for another request, or its first request is still being worked on",
    "429": "Too many; Retry-After says when",
}
PAGE_STATUSES = {"400": "The cursor is not one that this address gave"}
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key and body get the same answer for 24 hours; another body gets 409.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


def complete(schema: dict[str, Any]) -> dict[str, Any]:
    """Adds problems to every operation and the idempotency key to every POST."""
    schema.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    for operations in schema["paths"].values():
        for method, operation in operations.items():
            paged = any(parameter["name"] == "cursor" for parameter in operation.get("parameters", ()))
            statuses = STATUSES | (PAGE_STATUSES if paged else {})
            statuses |= BODY_STATUSES if method in ("post", "put", "patch") else {}
            statuses |= POST_STATUSES if method == "post" else {}
            operation["responses"] = {str(status): answer for status, answer in operation["responses"].items()}
            for status, description in statuses.items():
                operation["responses"].setdefault(status, _problem(description))
            if method == "post":
                operation.setdefault("parameters", []).append(KEY)
    return schema


def _problem(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
