#!/usr/bin/env python3
"""CalculiX and Vesalius on the same Tet10 femur: displacements, time and memory, in one run.

    cargo build --release --example calculix_linear
    python3 benches/peers/calculix_linear.py [--size 4.35] [--repeat 3] [--output docs/measurements/calculix_linear.md]

Needs `ccx` (Debian: calculix-ccx). The Rust side meshes the femur, writes the mesh as .vtu and the whole problem as
.inp; then each program reads its file, solves and writes its displacements, as one process each.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
OURS = ROOT / "target" / "release" / "examples" / "calculix_linear"


def timed(command, folder, threads):
    """Wall seconds and peak MiB of one finished process."""
    environment = dict(os.environ, OMP_NUM_THREADS=str(threads), CCX_NPROC_EQUATION_SOLVER=str(threads))
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reader)
        import resource, time

        start = time.monotonic()
        done = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        wall = time.monotonic() - start
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        os.write(writer, f"{done.returncode} {wall} {peak}\n".encode() + done.stdout[-2000:])
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        head, _, tail = pipe.read().partition(b"\n")
    os.waitpid(process, 0)
    code, wall, peak = head.split()
    if int(code):
        sys.exit(f"{' '.join(map(str, command))} failed with exit code {int(code)}:\n{tail.decode(errors='replace')}")
    return float(wall), float(peak)


def calculix_displacements(path):
    """Node displacements of a .dat file's `displacements` table."""
    found = {}
    for line in path.read_text().splitlines():
        words = line.split()
        if len(words) == 4 and re.fullmatch(r"\d+", words[0]):
            found[int(words[0])] = tuple(float(w) for w in words[1:])
    return found


def our_displacements(path):
    """Node displacements written as `node x y z`, nodes counted from 1."""
    rows = (line.split() for line in path.read_text().splitlines())
    return {int(n): (float(x), float(y), float(z)) for n, x, y, z in rows}


def difference(ours, theirs):
    """Largest difference relative to the largest displacement."""
    assert ours.keys() == theirs.keys(), f"{len(ours)} nodes against {len(theirs)}"
    largest = max(sum(c * c for c in u) ** 0.5 for u in theirs.values())
    gap = max(sum((a - b) ** 2 for a, b in zip(ours[n], theirs[n])) ** 0.5 for n in theirs)
    return gap / largest


def median(values):
    return sorted(values)[len(values) // 2]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="4.35", help="element size in mm; 4.35 gives about 150 000 unknowns")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--output", type=pathlib.Path, help="also write the table as Markdown")
    options = parser.parse_args()
    ccx = shutil.which("ccx") or sys.exit("ccx is not installed (Debian: apt-get install calculix-ccx)")
    if not OURS.exists():
        sys.exit("build first: cargo build --release --example calculix_linear")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        surface = ROOT / "assets" / "anatomies" / "libhip_m4_lfemur.stl"
        prepared = subprocess.run([OURS, "prepare", surface, options.size], cwd=folder, check=True, capture_output=True)
        print(prepared.stdout.decode().strip())
        runs = {"CalculiX (SPOOLES)": [], "Vesalius direct": [], "Vesalius iterative": []}
        gaps = {}
        for _ in range(options.repeat):
            runs["CalculiX (SPOOLES)"].append(timed([ccx, "femur"], folder, 2))
            theirs = calculix_displacements(folder / "femur.dat")
            for method in ("direct", "iterative"):
                runs[f"Vesalius {method}"].append(timed([OURS, "solve", method], folder, 2))
                gaps[f"Vesalius {method}"] = difference(our_displacements(folder / f"{method}.txt"), theirs)
    base_wall, base_peak = (median(column) for column in zip(*runs["CalculiX (SPOOLES)"]))
    lines = [
        prepared.stdout.decode().strip(),
        "",
        "| program | wall s (min, median, max) | peak MiB | times faster | memory ratio | largest difference |",
        "|---|---|---|---|---|---|",
    ]
    for program, figures in runs.items():
        walls, peaks = zip(*figures)
        gap = f"{gaps[program]:.1e}" if program in gaps else "-"
        lines.append(
            f"| {program} | {min(walls):.2f}, {median(walls):.2f}, {max(walls):.2f} | {median(peaks):.0f} "
            f"| {base_wall / median(walls):.2f} | {median(peaks) / base_peak:.2f} | {gap} |"
        )
    table = "\n".join(lines) + "\n"
    print(table)
    if options.output:
        options.output.write_text(f"# CalculiX and Vesalius on one femur\n\nMade by `benches/peers/calculix_linear.py --size {options.size}`.\n\n" + table)
    if max(gaps.values()) > 1e-5:
        sys.exit("the displacements differ by more than 1e-5 of the largest")


if __name__ == "__main__":
    main()
