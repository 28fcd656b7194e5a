"""Documents with lines in a flat file: a row a line, the head of the document repeated in each."""
