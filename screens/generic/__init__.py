"""Screens drawn from the server's descriptions: a resource that the server gains needs no new client."""
