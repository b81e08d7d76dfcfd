#!/usr/bin/env python3
"""Measures steps of the flow solver and writes docs/measurements/flow.md.

    python3 benches/flow.py

Builds the example step_cost in release mode. A box of tetrahedra, an inflow that pulses, one opening; the least of forty steps.
"""

import os
import platform
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "docs" / "measurements" / "flow.md"
# Cells across, element, convection, seconds required.
CASES = [
    (19, "Tet10", "implicit", 0.30),
    (19, "Tet10", "explicit", None),
    (24, "Tet4", "implicit", 0.08),
    (24, "Tet4", "explicit", None),
    (38, "Tet4", "implicit", 0.35),
]
NAMES = {"Tet10": "quadratic velocity", "Tet4": "linear velocity"}


def measure(program, cells, element, convection):
    """The last step's line and the least figures of one case."""
    run = subprocess.run([program, str(cells), element, convection], capture_output=True, text=True, check=True)
    count = re.match(r"(\d+) ", run.stdout).group(1)
    least = re.search(r"least of \d+ steps: ([\d.]+) s, ([\d.]+) core s", run.stdout)
    steps = re.findall(r"Courant ([\d.]+), (\d+) and (\d+) iterations", run.stdout)
    return count, float(least.group(1)), float(least.group(2)), steps[-1]


def main():
    subprocess.run(["cargo", "build", "--release", "-p", "flow", "--example", "step_cost"], cwd=ROOT, check=True)
    program = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release" / "examples" / "step_cost"
    lines = [
        "# Steps of the flow solver",
        "",
        f"Made by `benches/flow.py`, on {os.cpu_count()} cores ({platform.machine()}).",
        "",
        "| tetrahedra | element | convection | Courant number | iterations of velocity, of pressure | s a step | core s | required s |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for cells, element, convection, required in CASES:
        count, wall, cores, (courant, velocity, pressure) = measure(program, cells, element, convection)
        limit = "" if required is None else f"{required:.2f}"
        lines.append(
            f"| {count} | {NAMES[element]} | {convection} | {courant} | {velocity}, {pressure} | {wall:.3f} | {cores:.3f} | {limit} |"
        )
        print(lines[-1], flush=True)
    OUT.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(main())
