"""Work that starts by itself: when it is due, that it is started once, and what is done after it."""
