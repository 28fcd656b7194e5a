"""Named commands, in a folder for each category."""
