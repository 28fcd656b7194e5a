"""Orders, bought or sold: what purchasing and sales share. `kind` says what tells the two apart."""
