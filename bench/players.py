"""What players that are not the arena's own ask of it: `python -m bench.players [--json]`. About five minutes.

Each part is a program of its own, run after the others so that none measures another's load.
"""

import argparse
import subprocess
import sys

PARTS = ("players_first_ply", "players_endpoint", "players_bots", "players_upload")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options = ["--json"] if parser.parse_args().json else []
    for part in PARTS:
        subprocess.run([sys.executable, "-m", f"bench.{part}", *options], check=True)


if __name__ == "__main__":
    main()
