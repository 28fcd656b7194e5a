"""From the stored bytes of a file to its data rows, in blocks."""
