"""Saving the whole installation and putting it back, by its operator on the server's own machine. Nothing here is reached
over HTTP: a backup holds every organization, so no right inside one of them can give it."""
