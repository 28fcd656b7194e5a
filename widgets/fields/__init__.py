"""One field of a form each, and the factory that chooses the right one for a description."""
