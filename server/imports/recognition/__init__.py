"""What a file is, before anyone has said a word about it, and what a person says against that."""
