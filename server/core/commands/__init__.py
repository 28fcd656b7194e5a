"""Operations from the server's own command line: flags, confirmation, what is printed, and how it ends."""
