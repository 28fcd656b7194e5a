"""Commands of the server's own command line."""
