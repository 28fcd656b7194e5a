"""The OpenAPI schema: committed, current, complete, and of one mind with what validates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ValidationError

from server.core.http.schema import serializer_field
from server.core.resources import all_resources
from server.core.resources.converting import ValueProblem, convert
from server.core.resources.specs import DECIMAL_TYPES, SCALES, FieldSpec

COMMITTED = Path(__file__).resolve().parents[3] / "docs" / "openapi.yaml"


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    generated: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return generated


def test_the_committed_schema_is_current(schema: dict[str, Any]) -> None:
    text = OpenApiYamlRenderer().render(schema, renderer_context={}).decode()
    assert text == COMMITTED.read_text(encoding="utf-8"), "run `make schema` and commit docs/openapi.yaml"


def test_the_schema_is_generated_without_a_warning(schema: dict[str, Any]) -> None:
    assert schema["paths"]
    assert not GENERATOR_STATS, str(dict(GENERATOR_STATS._warn_cache))


def test_every_resource_and_its_verbs_are_in_the_schema(schema: dict[str, Any]) -> None:
    for name in all_resources():
        assert "get" in schema["paths"][f"/api/v1/{name}/"]
        assert {"get", "patch", "put", "delete"} <= set(schema["paths"][f"/api/v1/{name}/{{reference}}/"])


NUMBERS = st.one_of(
    st.integers(-(10**20), 10**20),
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
    st.text(max_size=12),
)


@pytest.mark.parametrize("type_", sorted(DECIMAL_TYPES))
@given(value=NUMBERS)
def test_a_number_that_the_schema_allows_is_the_number_that_is_stored(type_: str, value: Any) -> None:
    spec = FieldSpec("n", type_, "n", scale=SCALES[type_])
    try:
        allowed = serializer_field(spec, writing=True).run_validation(value)
    except ValidationError:
        return
    assert convert(spec, value) == allowed


@pytest.mark.parametrize("type_", sorted(DECIMAL_TYPES))
@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", "1e400", "12x", "", True, 1.5, [], "1" * 19, "0." + "1" * 9]
)
def test_a_number_that_cannot_be_stored_exactly_is_refused(type_: str, value: Any) -> None:
    with pytest.raises(ValueProblem):
        convert(FieldSpec("n", type_, "n", scale=SCALES[type_]), value)
