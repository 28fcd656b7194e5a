"""Screens of the barcode gun."""
