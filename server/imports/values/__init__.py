"""Texts of a file into values: exact, or refused with a reason."""
