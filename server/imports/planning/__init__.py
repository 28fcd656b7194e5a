"""What each row will do, found out before anything is done."""
