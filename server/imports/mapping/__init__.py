"""Which column goes into which field of a resource, and who says so."""
