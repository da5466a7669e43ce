"""`python -m dandi_tui.demo`: the embedded archive alone."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from dandi_tui.demo.server import end_with_standard_input, main

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="dandi-tui demo-archive")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--data", type=Path, default=None)
    parser.add_argument("--assets", type=int, default=0)
    parser.add_argument("--child", action="store_true", help="tell the address at once; end with standard input")
    parser.add_argument("--passing", action="store_true", help="remove the data at the end")
    parser.add_argument("--attached", action="store_true", help="end with standard input: by the death of the program that started it too")
    parser.add_argument("--empty", action="store_true", help="users, but no Dandisets")
    options = parser.parse_args()
    if options.attached:
        end_with_standard_input()
    sys.exit(main(port=options.port, data=options.data, assets_count=options.assets, child=options.child, passing=options.passing, samples=not options.empty))
