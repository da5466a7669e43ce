"""`python -m dandi_tui.demo`: the embedded archive alone."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from dandi_tui.demo.server import main

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="dandi-tui demo-archive")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--data", type=Path, default=None)
    parser.add_argument("--assets", type=int, default=0)
    options = parser.parse_args()
    sys.exit(main(port=options.port, data=options.data, assets_count=options.assets))
