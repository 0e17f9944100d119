"""Run the command line as ``python -m mlmteach``."""

import sys

from mlmteach.cli import main

if __name__ == "__main__":
    sys.exit(main())
