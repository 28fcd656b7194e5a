"""Buying: purchase orders and goods receipts."""
