"""Mending rows: a cell, all cells alike, or a corrected file of rejects."""
