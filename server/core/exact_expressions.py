"""What SQL may compute with exact decimals.

An exact column holds a scaled integer, so SQL may add, subtract, negate, compare, sum and choose among values
of one scale. It may not multiply or divide (the result has another scale, and on SQLite silently becomes a
float once it overflows), nor mix a column with a plain number column.

Django resolves an expression without telling a literal which column it stands beside: ``F("quantity") + 1``
would add one millionth. So resolving is wrapped here, once: a literal beside an exact column takes that
column's type, and whatever is not known to keep the scale raises ``FieldError`` with what to do instead.
"""

import functools
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from django.core.exceptions import FieldError
from django.db import models
from django.db.models import expressions, functions, lookups
from django.db.models.fields import Field
from django.db.models.sql.query import Query
from django.db.models.sql.subqueries import UpdateQuery

Combinable = expressions.Combinable

# Which arguments of an expression are values of its result's type; None means all of them.
_VALUE_ARGUMENTS: dict[type, tuple[int, ...] | None] = {
    expressions.Case: None,
    expressions.ExpressionWrapper: None,
    expressions.When: (1,),
    expressions.Window: (0,),
    functions.Abs: None,
    functions.Cast: None,
    functions.Coalesce: None,
    functions.FirstValue: None,
    functions.Greatest: None,
    functions.Lag: (0, 2),
    functions.LastValue: None,
    functions.Lead: (0, 2),
    functions.Least: None,
    functions.NthValue: (0,),
    functions.NullIf: None,
    models.Max: (0,),
    models.Min: (0,),
    models.Sum: (0,),
}

# These look at an exact column without passing its value on.
_OBSERVERS: tuple[type, ...] = (
    models.Count,
    expressions.OrderBy,
    expressions.ExpressionList,
    models.Subquery,
)


def install() -> None:
    """Wrap the three places where Django puts a value beside a column. Doing so twice changes nothing."""
    _wrap(expressions.BaseExpression, "resolve_expression", _resolve_expression)
    _wrap(lookups.Lookup, "process_lhs", _process_lhs)
    _wrap(UpdateQuery, "add_update_fields", _add_update_fields)


def _wrap(owner: type, name: str, around: Callable[..., Any]) -> None:
    original = getattr(owner, name)
    if getattr(original, "keeps_exact_decimals", False):
        return

    @functools.wraps(original)
    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        return around(original, self, *args, **kwargs)

    wrapper.keeps_exact_decimals = True  # type: ignore[attr-defined]
    setattr(owner, name, wrapper)


def _resolve_expression(original: Callable[..., Any], self: Any, *args: Any, **kwargs: Any) -> Any:
    resolved = original(self, *args, **kwargs)
    return resolved if isinstance(resolved, lookups.Lookup) else _keep_scale(resolved)


def _process_lhs(original: Callable[..., Any], self: Any, *args: Any, **kwargs: Any) -> Any:
    # Not earlier: a comparison with an outer query knows its other side only when it is compiled, and
    # every comparison is compiled, left side first.
    _check_lookup(self)
    return original(self, *args, **kwargs)


def _add_update_fields(original: Callable[..., Any], self: Any, values_seq: Iterable[Any]) -> None:
    before = len(self.values)
    original(self, values_seq)
    self.values[before:] = [
        (field, model, _assigned(field, value)) for field, model, value in self.values[before:]
    ]


def _assigned(field: Field, value: Any) -> Any:
    """The expression that a column is set to, typed as the column; raises ``FieldError`` on another type."""
    if not hasattr(value, "resolve_expression"):
        return value
    if _is_exact(field):
        return _typed(value, field)
    if (source := _exact_field(value)) is not None:
        raise FieldError(
            f"{field.name} is not an exact decimal, but would be set to one ({_described(source)}). "
            "Read the value and set it from Python."
        )
    return value


def _keep_scale(node: Any) -> Any:
    """The resolved expression with its literals typed; raises ``FieldError`` if it would lose the scale."""
    sources = [source for source in node.get_source_expressions() if source is not None]
    if not sources:
        return node
    declared = node.__dict__.get("output_field")
    field = declared if _is_exact(declared) else _first(_exact_field(source) for source in sources)
    if field is None:
        return node
    if isinstance(node, _OBSERVERS):
        if isinstance(node, models.Subquery) and declared is not None:
            _check_declared(node, declared, sources[0].output_field)
        return node
    if isinstance(node, expressions.CombinedExpression):
        _check_arithmetic(node, field)
        if _is_negation(node):
            node.output_field = field
            return node
    arguments = _value_arguments(node)
    values = node.get_source_expressions()
    concerned = values if arguments is None else [values[index] for index in arguments]
    if not _is_exact(declared) and not any(_exact_field(value) for value in concerned):
        return node
    if arguments is None:
        raise FieldError(
            f"{type(node).__name__} is not known to keep the scale of {_described(field)}: "
            "read the values and compute in Python."
        )
    if declared is not None:
        _check_declared(node, declared, field)
    return _with_typed(node, arguments, field)


def _check_declared(node: Any, declared: Field, field: Field) -> None:
    if not _same_scale(declared, field):
        raise FieldError(
            f"{type(node).__name__} would read {_described(field)} as {_described(declared)}. "
            "Leave its output_field out, or convert in Python."
        )


def _with_typed(node: Any, arguments: tuple[int, ...], field: Field) -> Any:
    values = node.get_source_expressions()
    for index in arguments:
        values[index] = _typed(values[index], field)
    node.set_source_expressions(values)
    for inferred in ("_output_field_or_none", "convert_value"):
        node.__dict__.pop(inferred, None)
    node.output_field = field
    return node


def _typed(value: Any, field: Field) -> Any:
    """The same value as an expression of the field's type; raises ``FieldError`` if that would change it."""
    if value is None or _is_pending(value):
        return value
    own = _exact_field(value)
    if own is not None:
        if not _same_scale(own, field):
            raise FieldError(
                f"{_described(own)} and {_described(field)} have different scales and cannot meet in SQL. "
                "Convert one of them in Python."
            )
        return value
    if isinstance(value, expressions.Value):
        literal = value.value
        if literal is not None and (isinstance(literal, bool) or not isinstance(literal, int | Decimal)):
            raise FieldError(
                f"{literal!r} stands beside {_described(field)} and is not a Decimal or an int. "
                "Make it a Decimal."
            )
        typed = expressions.Value(literal, output_field=field)
        field.to_python(literal)
        typed.for_save = value.for_save
        return typed
    arguments = _value_arguments(value)
    if arguments is None or isinstance(value, expressions.CombinedExpression | functions.Cast):
        raise FieldError(
            f"{value!r} is not an exact decimal and cannot meet {_described(field)} in SQL. "
            "Give it an exact type, or compute in Python."
        )
    if isinstance(value, expressions.BaseExpression):
        return _with_typed(value.copy(), arguments, field)
    return value


def _check_lookup(lookup: lookups.Lookup) -> None:
    """Give the operands of a comparison one scale; raises ``FieldError`` if they have two."""
    if isinstance(lookup, lookups.IsNull):
        return
    left = _exact_field(lookup.lhs)
    # A list with an expression among its items arrives as an ExpressionList.
    many = isinstance(lookup.rhs, expressions.ExpressionList)
    operands = lookup.rhs.get_source_expressions() if many else [lookup.rhs]
    field = left or _first(_exact_field(operand) for operand in operands)
    if field is None:
        return
    if left is None:
        lookup.lhs = _typed(lookup.lhs, field)
    typed = [
        _typed(operand, field) if hasattr(operand, "resolve_expression") else operand for operand in operands
    ]
    if many:
        lookup.rhs.set_source_expressions(typed)
    else:
        lookup.rhs = typed[0]


def _check_arithmetic(node: expressions.CombinedExpression, field: Field) -> None:
    if node.connector in (Combinable.ADD, Combinable.SUB) or _is_negation(node):
        return
    raise FieldError(
        f"“{node.connector}” with {_described(field)} has no exact result in SQL: "
        "read the values and compute in Python (see server.core.rounding)."
    )


def _is_negation(node: expressions.CombinedExpression) -> bool:
    """Whether this is ``-F("quantity")``, which Django writes as a product with -1."""
    return (
        node.connector == Combinable.MUL
        and isinstance(node.rhs, expressions.Value)
        and isinstance(node.rhs.value, int)
        and node.rhs.value == -1
        and _exact_field(node.rhs) is None
    )


def _value_arguments(node: Any) -> tuple[int, ...] | None:
    """The positions of the arguments whose type is the type of the result; None if it is not known."""
    if isinstance(node, expressions.CombinedExpression):
        return (0, 1)
    kind = type(node)
    if kind is expressions.NegatedExpression or kind not in _VALUE_ARGUMENTS:
        return None
    positions = _VALUE_ARGUMENTS[kind]
    return tuple(range(len(node.get_source_expressions()))) if positions is None else positions


def _exact_field(value: Any) -> Field | None:
    """The exact field that gives the type of an expression, or None."""
    try:
        field = getattr(value, "_output_field_or_none", None)
        if field is None and isinstance(value, Query):
            field = value.output_field
    except (FieldError, AttributeError):
        return None
    return field if _is_exact(field) else None


def _is_pending(value: Any) -> bool:
    """Whether it refers to an outer query, and is therefore resolved, and checked, once more."""
    parts = value.flatten() if hasattr(value, "flatten") else [value]
    return any(isinstance(part, expressions.F) for part in parts)


def _is_exact(field: Any) -> bool:
    return getattr(field, "exact_scale", None) is not None


def _same_scale(one: Any, other: Any) -> bool:
    return getattr(one, "exact_scale", None) == getattr(other, "exact_scale", None)


def _described(field: Field) -> str:
    kind = type(field).__name__
    name = getattr(field, "name", None)
    scale = getattr(field, "exact_scale", None)
    decimals = "" if scale is None else f" ({scale} decimals)"
    return f"{name}: {kind}{decimals}" if name else f"{kind}{decimals}"


def _first(fields: Iterable[Field | None]) -> Field | None:
    return next((field for field in fields if field is not None), None)
