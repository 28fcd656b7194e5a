"""The version of the server, and the oldest client that may write to it."""

VERSION = "0.1.0"
OLDEST_WRITING_CLIENT = "0.1.0"
