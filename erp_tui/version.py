"""The version of the client: a constant, because reading package metadata costs 40 ms at every start."""

VERSION = "0.1.0"
