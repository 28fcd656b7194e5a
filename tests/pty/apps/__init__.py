"""Small programs for the tests to run in a terminal."""
