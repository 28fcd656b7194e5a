"""`dani`, and the named commands of core in a folder for each category."""
