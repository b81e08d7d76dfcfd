#!/usr/bin/env python3
"""Every file of a data folder taken to a volume mesh by the program's defaults, as one table.

    cargo build --release
    python3 benches/anatomy.py DATA [--output docs/measurements/anatomy.md]

DATA holds the folders vascular, aneurysm, bone, image and device. A closed surface is meshed; one that `mesh` refuses is
repaired first and the repair is stated; of a label map all labels are meshed as parts; a volume mesh's inside is filled anew;
a scan without a threshold or label is refused by name. Each step is a process of its own, so that its peak memory is its own.
"""

import argparse
import json
import math
import os
import pathlib
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAM = ROOT / "target" / "release" / "vesalius"
TOPICS = ["vascular", "aneurysm", "bone", "image", "device"]
SUFFIXES = (".stl", ".vtp", ".obj", ".ply", ".vtk", ".vtu", ".vti", ".mha", ".mhd", ".nrrd", ".nii", ".nii.gz", ".inp", ".node")
LIMIT = 60.0


class Step:
    """One call of the program: its JSON (empty when it failed without one), exit code, time and peak memory."""

    def __init__(self, *arguments):
        start = time.monotonic()
        command = [str(PROGRAM), *map(str, arguments), "--json"]
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as messages:
            child = subprocess.Popen(command, stdout=out, stderr=messages)
            _, status, usage = os.wait4(child.pid, 0)
            self.code = os.waitstatus_to_exitcode(status)
            out.seek(0)
            messages.seek(0)
            self.messages = messages.read().decode(errors="replace")
            text = out.read().decode(errors="replace")
        self.json = json.loads(text) if text.strip() else {}
        self.seconds = time.monotonic() - start
        self.mib = usage.ru_maxrss / 1024

    @property
    def reason(self):
        """The last message without the file's path, short enough for a table."""
        lines = [line for line in self.messages.splitlines() if line.startswith("vesalius:")]
        text = lines[-1].split(": ", 2)[-1] if lines else f"exit code {self.code}"
        return text if len(text) < 160 else text[:157] + "..."


def quality(mesh, surface):
    """Elements, angles, radius ratio, errors of volume and distance, elements across of a mesh report and the import of its
    surface."""
    diagonal = math.dist(*surface["bounds_mm"])
    across = mesh.get("elements_across")
    return (
        f"{mesh['elements']} tets, {mesh['min_dihedral_deg']:.1f}-{mesh['max_dihedral_deg']:.1f} deg, "
        f"radius ratio {mesh['min_radius_ratio']:.3f}, volume {100 * mesh['volume_error']:+.2f} %, "
        f"distance {mesh['hausdorff_mm']:.3f} mm = {100 * mesh['hausdorff_mm'] / diagonal:.2f} % of the box"
        + (f", {across['least']:.1f} elements across" if across else "")
    )


def parts_quality(mesh):
    """The same of a mesh of parts, with its distance to the borders."""
    worst = max(abs(part["volume_error"]) for part in mesh["parts"])
    return (
        f"{mesh['elements']} tets of {mesh['finest_mm']:.2f} to {mesh['size_mm']:.2f} mm, {mesh['min_dihedral_deg']:.1f}-{mesh['max_dihedral_deg']:.1f} deg, "
        f"radius ratio {mesh['min_radius_ratio']:.3f} (0.1 % below {mesh['thousandth_radius_ratio']:.3f}), largest volume "
        f"error {100 * worst:.2f} %, distance {mesh['hausdorff_mm']:.2f} mm = {100 * mesh['hausdorff_relative']:.2f} % of the box"
    )


def meshed(path, report, scratch, steps):
    """Outcome of meshing a surface, repaired first when it is refused as it is."""
    mesh = Step("mesh", path, "-o", scratch / "mesh.vtu")
    steps.append(mesh)
    if mesh.code == 0:
        return "meshed", quality(mesh.json, report)
    repair = Step("repair", path, "-o", scratch / "repaired.stl")
    steps.append(repair)
    if repair.code:
        return "refused", repair.reason
    again = Step("mesh", scratch / "repaired.stl", "-o", scratch / "mesh.vtu", "--unit", "mm", "--frame", "lps")
    steps.append(again)
    distance = repair.json["report"]["distance"]
    done = f"repaired ({len(repair.json['repairs'])} changes, mean {distance['mean_mm']:.3f} mm)"
    return (f"{done}, meshed", quality(again.json, report)) if again.code == 0 else (f"{done}, refused", again.reason)


def outcome(path, scratch, steps):
    """What becomes of a file, and the quality or the reason."""
    report = Step("import", path)
    steps.append(report)
    if report.code:
        return "refused", report.reason
    if report.json["kind"] != "image":
        return meshed(path, report.json, scratch, steps)
    mesh = Step("mesh", path, "-o", scratch / "mesh.vtu")
    steps.append(mesh)
    if mesh.code:
        return "refused", mesh.reason
    parts = mesh.json["parts"]
    kept = sum(part["topology_kept"] for part in parts)
    return f"{len(parts)} labels meshed, topology of {kept} kept", parts_quality(mesh.json)


def inputs(data):
    """The files of the topics, a folder of DICOM slices as one; of TetGen-like pairs the nodes."""
    for topic in TOPICS:
        folder = data / topic
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        series = sorted({path.parent for path in files if path.suffix == ".dcm"})
        yield from series
        yield from (path for path in files if path.name.lower().endswith(SUFFIXES) and "centreline" not in path.name)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--output", type=pathlib.Path, help="also write the table as Markdown")
    options = parser.parse_args()
    lines = ["| file | outcome | s | MiB | quality or reason |", "|---|---|---|---|---|"]
    slow = []
    for path in inputs(options.data):
        steps = []
        with tempfile.TemporaryDirectory() as scratch:
            what, detail = outcome(path, pathlib.Path(scratch), steps)
        seconds, mib = sum(step.seconds for step in steps), max(step.mib for step in steps)
        name = path.relative_to(options.data)
        lines.append(f"| `{name}` | {what} | {seconds:.1f} | {mib:.0f} | {detail.replace('|', '/')} |")
        print(lines[-1], flush=True)
        if seconds > LIMIT or mib > 4096 or any(step.code not in (0, 2) for step in steps):
            slow.append(str(name))
    text = "# Real files, from the file to a volume mesh\n\nMade by `benches/anatomy.py` with the program's defaults.\n\n"
    if options.output:
        options.output.write_text(text + "\n".join(lines) + "\n")
    if slow:
        raise SystemExit(f"over {LIMIT:.0f} s or 4 GiB, or failed badly: {', '.join(slow)}")


if __name__ == "__main__":
    main()
