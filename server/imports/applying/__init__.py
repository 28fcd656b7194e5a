"""Carrying the plans out, in one transaction or in parts, and taking them back."""
