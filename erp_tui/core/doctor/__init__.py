"""`erp doctor`: is everything as the client needs it, and what to do where it is not. One check, one function."""
