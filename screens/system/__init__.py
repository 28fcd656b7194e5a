"""Signing in, and looking after the system."""
