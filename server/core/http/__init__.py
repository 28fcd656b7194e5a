"""The HTTP face: parsing, problem details, the pipeline of a write, and the views of declared things."""
