"""Settings by environment: base, dev, test, staging, prod (X-12)."""
