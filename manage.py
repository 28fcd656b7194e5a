#!/usr/bin/env python
"""Commands of the server: `manage.py help` lists them, `manage.py dani` runs any operation."""

import sys

from server.launch.managing import main

if __name__ == "__main__":
    sys.exit(main())
