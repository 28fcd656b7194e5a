"""A server tied to whoever started it, as `demo --ready-fd` is, but without its data."""

import sys

from server.launch.arguments import main
from server.launch.supervision import end_with_input

if __name__ == "__main__":
    end_with_input(grace_seconds=20)
    sys.exit(main(["serve", "--no-worker", "--port", sys.argv[1]]))
