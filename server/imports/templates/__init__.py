"""A file to be filled in: every column that a resource takes, what goes into it, and a row as an example."""
