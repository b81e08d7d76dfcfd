#!/usr/bin/env python3
"""OpenFOAM and Vesalius on the same pulsatile pipe: error against Womersley's solution and core-seconds, in one run.

    cargo build --release
    python3 benches/peers/flow_pipe.py [--vesalius target/release/vesalius] [--output docs/measurements/flow_pipe.md]

Needs OpenFOAM (Debian: apt-get install openfoam). Each program runs at several resolutions, as one process of one thread; the
core-seconds are user and system time of meshing and solving. The errors of both are taken at the same points and moments of the
second cycle. Then, at each error of Vesalius, the core-seconds that OpenFOAM needs for it are interpolated (log-log, along those
of its runs that no other run beats in both error and time).
"""

import argparse
import math
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import flow_pipe_openfoam
import flow_pipe_vesalius
from flow_pipe_exact import ALPHA, AMPLITUDE, CYCLES, DENSITY, MEAN_FLOW, PERIOD, RADIUS, SPEED, VISCOSITY

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Cells across the square of the O-grid, steps a cycle.
THEIRS = [(6, 40), (6, 80), (8, 40), (8, 80), (12, 80), (12, 160), (16, 240)]
# Size of the elements in mm, their kind, largest Courant number, least steps a frame.
OURS = [(1.05, "tet10", 4, 4), (1.05, "tet10", 2, 4), (0.79, "tet10", 4, 4), (0.63, "tet10", 4, 4)]
MEASURES = {
    "velocity": "velocity",
    "mean drop": "mean of the pressure drop",
    "drop amplitude": "its first harmonic",
}
REQUIRED = 5.0

METHOD = """Made by `cargo build --release && python3 benches/peers/flow_pipe.py --output docs/measurements/flow_pipe.md`; OpenFOAM is
Debian's package `openfoam`.

- The same in both: pipe, fluid, exact velocity at the inlet, pressure 0 at the outlet, two cycles of which the second is compared, one
  thread. Errors are L2 norms over 120 points of the middle section and eight moments; the pressure drop is that from the section at a
  quarter of the length to that at three quarters. Core-seconds are user and system time of meshing, solving and writing.
- OpenFOAM: icoFoam (PISO) on an O-grid of hexahedra, finer towards the wall, cells along the pipe as long as the outermost are wide;
  linear interpolation, backward differences in time, PCG. It starts from the exact flow and gets the exact profile at every step,
  scaled to the exact flow rate; steps are as few as it bears. Its grid follows the flow, whose profile is the same along the pipe:
  there is no numerical diffusion, and longer cells would cost less at the same error, which no bent vessel allows. PIMPLE with outer
  iterations would bear longer steps, each of more work.
- Vesalius: Tet10 in a swept mesh of tetrahedra through the headless program, from a study. It starts from rest, and its seconds
  include the mesh, the wall shear stress with its intervals, figures and record, which OpenFOAM does not make.
- OpenFOAM's points are interpolated from cells (cellPoint); the column and the rows "at its own cells" take the cells of the middle
  layer instead, weighted by volume, which favours OpenFOAM.
- Where a row says "extrapolated", no run of OpenFOAM reached the error: its core-seconds go on along its last two runs.
- Not compared: branching or curved vessels, wall shear stress, memory, more than one thread."""


def front(runs, measure):
    """(error, seconds) of the runs that no other beats in both, from the largest error to the smallest."""
    found = []
    for error, seconds in sorted((run[measure], run["seconds"]) for run in runs):
        if not found or seconds < found[-1][1]:
            found.append((error, seconds))
    return found[::-1]


def seconds_at(error, runs, measure):
    """Core-seconds for an error, interpolated, and how: beyond the smallest error along the last two runs, and never less than those
    of the cheapest run."""
    points = front(runs, measure)
    if error >= points[0][0]:
        return points[0][1], "cheapest run"
    if len(points) == 1:
        return math.inf, "never reached"
    pairs = list(zip(points, points[1:]))
    (e0, s0), (e1, s1) = next((pair for pair in pairs if error >= pair[1][0]), pairs[-1])
    part = math.log(error / e0) / math.log(e1 / e0)
    return s0 * (s1 / s0) ** part, "interpolated" if part <= 1 else "extrapolated"


def percent(value):
    return "-" if value is None else f"{100 * value:.3f} %"


def table(runs):
    """Markdown of all runs."""
    lines = [
        "| program | resolution | unknowns | steps | core-s | velocity | at its own cells | mean drop | drop's harmonic |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for program, resolution, run in runs:
        errors = " | ".join(percent(run[name]) for name in ("velocity", "own", "mean drop", "drop amplitude"))
        lines.append(f"| {program} | {resolution} | {run['unknowns']} | {run['steps']} | {run['seconds']:.2f} | {errors} |")
    return lines


def comparison(theirs, ours):
    """Markdown of the ratios at equal error, and the ratios of the velocity."""
    lines = ["| Vesalius | error of | error | Vesalius core-s | OpenFOAM core-s | ratio | how |", "|---|---|---|---|---|---|---|"]
    ratios = []
    # OpenFOAM's velocity also by the values of its own cells, where no interpolation adds to its error.
    for measure, column, name in [(m, m, n) for m, n in MEASURES.items()] + [("velocity", "own", "velocity, OpenFOAM's at its own cells")]:
        for resolution, run in ours:
            seconds, how = seconds_at(run[measure], theirs, column)
            ratio = seconds / run["seconds"]
            lines.append(
                f"| {resolution} | {name} | {percent(run[measure])} | {run['seconds']:.2f} | {seconds:.1f} | {ratio:.1f} | {how} |"
            )
            if column == "velocity":
                ratios.append(ratio)
    return lines, ratios


def machine():
    """What the figures were measured on."""
    info = pathlib.Path("/proc/cpuinfo").read_text() if pathlib.Path("/proc/cpuinfo").exists() else ""
    model = re.search(r"model name\s*: (.*)", info)
    usage = subprocess.run(["icoFoam", "-help"], capture_output=True, text=True).stdout
    build = re.search(r"Using: \D*(\d+)", usage)
    return (
        f"{model.group(1) if model else 'Unknown processor'}, {os.cpu_count()} cores; OpenFOAM {build.group(1) if build else 'of unknown version'}; "
        f"load average {os.getloadavg()[1]:.1f} at the end."
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vesalius", type=pathlib.Path, default=ROOT / "target" / "release" / "vesalius")
    parser.add_argument("--length", type=float, default=8.0, help="length of the pipe in mm")
    parser.add_argument("--output", type=pathlib.Path, help="also write the tables as Markdown")
    options = parser.parse_args()
    if not shutil.which("icoFoam"):
        sys.exit("icoFoam is not installed (Debian: apt-get install openfoam)")
    if not options.vesalius.exists():
        sys.exit(f"{options.vesalius} is missing; build first: cargo build --release")
    program, length = options.vesalius.resolve(), 1e-3 * options.length
    runs = []

    def note(name, resolution, run):
        runs.append((name, resolution, run))
        print(table(runs[-1:])[-1], flush=True)

    print("\n".join(table([])))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        # By turns, so that what else the machine does falls on both.
        for k in range(max(len(THEIRS), len(OURS))):
            if k < len(OURS):
                size, element, courant, least = OURS[k]
                run = flow_pipe_vesalius.run(folder / f"ours_{k}", program, size, element, courant, least, length)
                note("Vesalius", f"{element}, {size} mm, Courant {courant}", run)
            if k < len(THEIRS):
                across, steps = THEIRS[k]
                run = flow_pipe_openfoam.run(folder / f"theirs_{k}", across, steps, length)
                note("OpenFOAM", f"{across} across, {steps} steps a cycle", run)
                shutil.rmtree(folder / f"theirs_{k}")
    runs.sort(key=lambda run: run[0])
    theirs = [run for name, _, run in runs if name == "OpenFOAM"]
    ours = [(resolution, run) for name, resolution, run in runs if name == "Vesalius"]
    lines, ratios = comparison(theirs, ours)
    print("\n" + "\n".join(lines))
    verdict = (
        f"At equal error of the velocity OpenFOAM needs {min(ratios):.1f} to {max(ratios):.1f} times the core-seconds of Vesalius; "
        f"at least {REQUIRED:g} is asked for."
    )
    print("\n" + verdict)
    if options.output:
        case = (
            f"Pipe of radius {1e3 * RADIUS:g} mm and length {options.length:g} mm, density {DENSITY:g} kg/m³, viscosity "
            f"{1e3 * VISCOSITY:g} mPa s, flow rate {1e6 * MEAN_FLOW:g} mL/s (1 + {AMPLITUDE:g} cos 2πt/T), T = {PERIOD:g} s: Womersley "
            f"number {ALPHA:.2f}, Reynolds number {SPEED * 2 * RADIUS * DENSITY / VISCOSITY:.0f} in the mean; {CYCLES} cycles."
        )
        text = ["# OpenFOAM and Vesalius on one pulsatile pipe", "", METHOD, "", case, "", machine(), "", *table(runs), "", "At equal error:", ""]
        options.output.write_text("\n".join([*text, *lines, "", verdict]) + "\n")
    if min(ratios) < REQUIRED:
        sys.exit(f"the ratio is below {REQUIRED:g}")


if __name__ == "__main__":
    main()
