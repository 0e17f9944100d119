"""Run the command line as ``python -m mlmteach.cli``."""

import sys

from mlmteach.cli import main

sys.exit(main())
