#!/usr/bin/env python3
"""How long the large steps from an image to a mesh take, each a process of its own, and the studies of the examples.

    cargo build --release
    python3 benches/speed.py DATA [--output docs/measurements/speed.md]

DATA holds the folders vascular and aneurysm. The label map of 512 x 512 x 512 voxels is made here: three thick curved tubes and
a ball with a core, six labels in all. Times include reading and writing.
"""

import argparse
import math
import pathlib
import struct
import tempfile

from anatomy import ROOT, Step

VOXELS = 512
STUDIES = ["cerebral_aneurysm", "aortic_dissection", "lumbar_vertebra", "ct_bone"]


def runs(y, z):
    """Begin, end and label of the labelled voxels in a row along x; later ones cover earlier ones."""
    found = []
    for label, radius in ((1, 120.0), (2, 70.0)):
        square = radius**2 - (y - 256.0) ** 2 - (z - 170.0) ** 2
        if square > 0:
            found.append((256 - math.sqrt(square), 256 + math.sqrt(square), label))
    for label, (middle, phase) in enumerate(((110.0, 0.0), (256.0, 2.0), (400.0, 4.0)), start=3):
        centre_x = middle + 30.0 * math.sin(z / 60.0 + phase)
        centre_y = 400.0 + 40.0 * math.cos(z / 80.0 + phase)
        square = 35.0**2 - (y - centre_y) ** 2
        if square > 0 and 20 < z < 490:
            found.append((centre_x - math.sqrt(square), centre_x + math.sqrt(square), label))
    if 330 < z < 470 and 60 < y < 200:
        found.append((120.0, 390.0, 6))
    return found


def label_map(path):
    """Writes a NIfTI-1 file of bytes with cubic voxels of 0.5 mm."""
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, VOXELS, VOXELS, VOXELS, 1, 1, 1, 1)
    struct.pack_into("<2h", header, 70, 2, 8)
    struct.pack_into("<8f", header, 76, 1, 0.5, 0.5, 0.5, 1, 1, 1, 1)
    struct.pack_into("<3f", header, 108, 352, 1, 0)
    header[123] = 2
    struct.pack_into("<h", header, 254, 1)
    for row, place in enumerate((280, 296, 312)):
        struct.pack_into("<4f", header, place, *(0.5 if column == row else 0.0 for column in range(4)))
    header[344:348] = b"n+1\0"
    with open(path, "wb") as out:
        out.write(header)
        for z in range(VOXELS):
            for y in range(VOXELS):
                row = bytearray(VOXELS)
                for begin, end, label in runs(y, z):
                    first, last = max(0, math.ceil(begin)), min(VOXELS, math.ceil(end))
                    row[first:last] = bytes([label]) * (last - first)
                out.write(row)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--output", type=pathlib.Path, help="also write the table as Markdown")
    options = parser.parse_args()
    lines = ["| step | s | required s | MiB | result |", "|---|---|---|---|---|"]

    def add(name, required, result, *arguments):
        step = Step(*arguments)
        text = result(step.json) if step.code == 0 else f"exit code {step.code}: {step.reason}"
        lines.append(f"| {name} | {step.seconds:.1f} | {required} | {step.mib:.0f} | {text} |")
        print(lines[-1], flush=True)

    def layered(mesh):
        core, layers = mesh["core"], mesh["layers"]
        return (
            f"{core['elements'] + layers['tetrahedra']} tets, {layers['prisms']} prisms of scaled Jacobian "
            f"{layers['min_prism_scaled_jacobian']:.3f} or more, core {core['min_dihedral_deg']:.1f}-"
            f"{core['max_dihedral_deg']:.1f} deg, radius ratio {core['min_radius_ratio']:.3f}"
        )

    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        label_map(scratch / "labels.nii")
        labels = [word for label in range(1, 7) for word in ("--label", str(label))]
        add("512 x 512 x 512 labels to a smooth surface", "15", lambda _: "six labels as one surface, reading and writing included",
            "segment", scratch / "labels.nii", "-o", scratch / "surface.stl", *labels)
        add("a million tetrahedra with three layers (carotid, 0.3 mm)", "15", layered,
            "mesh", options.data / "vascular" / "carotid_lumen_capped.stl", "-o", scratch / "lumen.vtu", "--layers", "3",
            "--size", "0.3mm")
        tree = scratch / "tree.stl"
        Step("repair", options.data / "aneurysm" / "aneurism_lumen_crop_open_DERIVED.stl", "-o", tree)
        add("centrelines of the aneurysm's tree, repaired before", "5", lambda found: f"{len(found['lines'])} lines",
            "centreline", tree, "-o", scratch / "lines.vtu", "--unit", "mm", "--frame", "lps")
        for study in STUDIES:
            add(f"`examples/{study}.toml`", "", lambda _: "complete", "run", ROOT / "examples" / f"{study}.toml", "-o",
                scratch / study)
    text = "# The large steps from an image to a mesh\n\nMade by `benches/speed.py`, on two cores.\n\n"
    if options.output:
        options.output.write_text(text + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
