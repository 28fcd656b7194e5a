"""Stock and what moves it."""
