"""A developer's own machine: SQLite, a fixed key, debug pages."""

from .base import *  # noqa: F403

DEBUG = True
SECRET_KEY = "dev-only-key-that-signs-nothing-of-value-0123456789"  # noqa: S105
