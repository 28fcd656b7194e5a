"""What a view tells of itself to the OpenAPI schema, without loading the tools that write it: serving needs none.

A view names the inspector that describes it as `described_by`, a class of `server.core.http.schema`; a method
written by hand says what it takes and gives by the decorator `described`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

Method = TypeVar("Method", bound=Callable[..., Any])
Shape = Literal["object", "binary"]


@dataclass(frozen=True, slots=True)
class QueryParameter:
    """A parameter in the address, as `drf_spectacular.utils.OpenApiParameter` takes it."""

    name: str
    type: type = str
    description: str = ""
    required: bool = False
    enum: Sequence[str] | None = None


def described(
    *,
    request: Any = None,
    responses: Any = None,
    parameters: Sequence[QueryParameter] = (),
    operation_id: str | None = None,
) -> Callable[[Method], Method]:
    """Keep a description with a method; `request` and `responses` are serializers, a `Shape`, or by type or status."""
    said: dict[str, Any] = {
        "request": request,
        "responses": responses,
        "parameters": parameters,
        "operation_id": operation_id,
    }

    def keep(method: Method) -> Method:
        method.described = {name: value for name, value in said.items() if value}  # type: ignore[attr-defined]
        return method

    return keep
