"""Find what is orphaned, doubled or contradicts itself."""
