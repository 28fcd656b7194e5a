"""`python -m server serve | demo | worker | migrate | init`."""

import sys

from server.launch.arguments import main

# A spawned child imports this module again, under another name.
if __name__ == "__main__":
    sys.exit(main())
