#!/usr/bin/env python3
"""Three cycles through the carotid bifurcation with 250 000 linear tetrahedra: time and memory, to docs/measurements/carotid.md.

    cargo build --release
    python3 benches/carotid.py

The study is examples/carotid.toml with linear elements, one mesh and three cycles, through the headless program.
"""

import json
import os
import platform
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "docs" / "measurements" / "carotid.md"
CYCLES = 3
SIZE = "0.41 mm"
COURANT = 4.0
REQUIRED_MINUTES, REQUIRED_GB = 6.0, 6.0


def study():
    """The example with what is measured here in its place."""
    text = (ROOT / "examples" / "carotid.toml").read_text()
    for old, new in [
        (r"\.\./assets/anatomies/", ""),
        (r'size = "[^"]*"\nelement = "tet10"\nlevels = 2\nratio = [\d.]+', f'size = "{SIZE}"\nelement = "tet4"\nlevels = 1'),
        (r"cycles = \d+\ncourant = [\d.]+", f"cycles = {CYCLES}\ncourant = {COURANT}"),
    ]:
        text, count = re.subn(old, new, text)
        assert count, old
    return text


def main():
    program = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release" / "vesalius"
    with tempfile.TemporaryDirectory() as folder:
        path, results = Path(folder, "carotid.toml"), Path(folder, "out")
        path.write_text(study())
        shutil.copy(ROOT / "assets" / "anatomies" / "carotid_lumen_capped.stl", folder)
        begun = time.monotonic()
        run = subprocess.run([program, "run", path, "-o", results], capture_output=True, text=True)
        seconds = time.monotonic() - begun
        if run.returncode not in (0, 1):
            sys.exit(run.stdout + run.stderr)
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        record = json.loads(Path(results, "record.json").read_text())
    mesh, flow = record["meshes"][0], record["flows"][0]
    gigabytes = usage.ru_maxrss / 1e6
    minutes = seconds / 60 / CYCLES
    lines = [
        "# Three cycles through a carotid bifurcation",
        "",
        f"Made by `benches/carotid.py`, on {os.cpu_count()} cores ({platform.machine()}): the whole program from the surface to the",
        "results, with linear elements.",
        "",
        "| tetrahedra | steps | Courant number | change where two steps are one | minutes a cycle | core minutes a cycle | peak memory | required |",
        "|---|---|---|---|---|---|---|---|",
        f"| {mesh['elements']} | {flow['steps']} | {flow['courant']:.1f} | {flow['doubled_step']:.1e} | {minutes:.2f} | {(usage.ru_utime + usage.ru_stime) / 60 / CYCLES:.2f} "
        f"| {gigabytes:.2f} GB | {REQUIRED_MINUTES:.0f} minutes a cycle, {REQUIRED_GB:.0f} GB |",
    ]
    OUT.write_text("\n".join(lines) + "\n")
    print(lines[-1])


if __name__ == "__main__":
    sys.exit(main())
