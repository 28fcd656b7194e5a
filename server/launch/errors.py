"""What stops a start."""


class LaunchError(Exception):
    """Printed as it is, without a traceback: what is wrong and what to do. Exit code 1."""
