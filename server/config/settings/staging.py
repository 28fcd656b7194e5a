"""Staging is production with another name and other secrets."""

from .prod import *  # noqa: F403
