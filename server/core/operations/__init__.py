"""Declared actions: one declaration gives the API route, the form, the commands and the permission check."""

from .parameters import Param, Parameters
from .registry import Operation, Target, all_operations, get_operation, operation
from .running import Outcome, go_ahead, run
from .telling import CATEGORIES, Category, Example

__all__ = [
    "CATEGORIES",
    "Category",
    "Example",
    "Operation",
    "Outcome",
    "Param",
    "Parameters",
    "Target",
    "all_operations",
    "get_operation",
    "go_ahead",
    "operation",
    "run",
]
