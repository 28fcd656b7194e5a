"""What the server is working on."""
