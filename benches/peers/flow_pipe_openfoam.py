"""OpenFOAM on the pulsatile pipe of `flow_pipe.py`: an O-grid of hexahedra, icoFoam, second order in space and time."""

import math
import os
import re

from flow_pipe_exact import (
    AMPLITUDE, CYCLES, DENSITY, MEAN_FLOW, PERIOD, PHASES, RADIUS, VISCOSITY,
    at_time, core_seconds, harmonics, pressure_errors, SECTIONS, section, velocity_error,
)  # fmt: skip

# Where Debian keeps the files that every OpenFOAM program reads.
os.environ.setdefault("WM_PROJECT_DIR", "/usr/share/openfoam")

SQUARE = 0.55  # radius of the corners of the O-grid's square over that of the pipe
BULGE = 0.86  # radius of the middle of the square's sides over that of its corners
GRADING = 0.6  # size of the outermost over that of the innermost cells of the rings
RINGS = 1.0  # cells from the square to the wall over those across the square


def header(kind, name):
    return f"FoamFile {{ version 2.0; format ascii; class {kind}; object {name}; }}\n"


def block_mesh(across, length):
    """Five blocks: a square and four quarters of a ring, `across` cells each way. Cells along the pipe are as long as the outermost
    are wide; their number is odd, so that the middle of the pipe is that of a layer."""
    layers = 2 * round((length / (math.tau * RADIUS / (4 * across)) - 1) / 2) + 1
    corner, ring = SQUARE * RADIUS, RADIUS
    at = lambda radius, eighths: (radius * math.cos(math.pi * eighths / 4), radius * math.sin(math.pi * eighths / 4))
    vertices, edges = [], []
    for level, z in enumerate((0.0, length)):
        for radius in (corner, ring):
            vertices += [f"({x!r} {y!r} {z!r})" for x, y in (at(radius, e) for e in (1, 3, 5, 7))]
        for first, radius, middle in ((0, corner, BULGE * corner), (4, ring, ring)):
            for k in range(4):
                x, y = at(middle, 2 * k + 2)
                a, b = 8 * level + first + k, 8 * level + first + (k + 1) % 4
                edges.append(f"arc {a} {b} ({x!r} {y!r} {z!r})")
    n, rings = across, round(RINGS * across)
    blocks = [f"hex (0 1 2 3 8 9 10 11) ({n} {n} {layers}) simpleGrading (1 1 1)"]
    walls, ends = [], [[(0, 3, 2, 1)], [(8, 9, 10, 11)]]
    for k in range(4):
        a, b = k, (k + 1) % 4
        # From the square outwards, then around, then along the pipe.
        corners = (a, a + 4, b + 4, b)
        both = corners + tuple(c + 8 for c in corners)
        blocks.append(f"hex ({' '.join(map(str, both))}) ({rings} {n} {layers}) simpleGrading ({GRADING} 1 1)")
        walls.append((a + 4, b + 4, b + 12, a + 12))
        ends[0].append(tuple(reversed(corners)))
        ends[1].append(tuple(c + 8 for c in corners))
    faces = lambda found: " ".join("(" + " ".join(map(str, face)) + ")" for face in found)
    text = header("dictionary", "blockMeshDict") + "convertToMeters 1;\n"
    text += "vertices\n(\n" + "\n".join(vertices) + "\n);\nedges\n(\n" + "\n".join(edges) + "\n);\n"
    text += "blocks\n(\n" + "\n".join(blocks) + "\n);\nboundary\n(\n"
    for name, kind, found in (("inlet", "patch", ends[0]), ("outlet", "patch", ends[1]), ("wall", "wall", walls)):
        text += f"{name} {{ type {kind}; faces ({faces(found)}); }}\n"
    return text + ");\nmergePatchPairs ();\n"


CONTROL = """application icoFoam; startFrom startTime; startTime 0; stopAt endTime; endTime {end!r}; deltaT {step!r};
writeControl timeStep; writeInterval {every}; purgeWrite {kept}; writeFormat ascii; writePrecision 12; writeCompression off;
timeFormat general; timePrecision 8; runTimeModifiable false;
"""

SCHEMES = """ddtSchemes { default backward; } gradSchemes { default Gauss linear; } divSchemes { default none; div(phi,U) Gauss linear; }
laplacianSchemes { default Gauss linear corrected; } interpolationSchemes { default linear; } snGradSchemes { default corrected; }
"""

SOLUTION = """solvers
{
    p { solver PCG; preconditioner DIC; tolerance 1e-10; relTol 0.05; }
    pFinal { $p; relTol 0.001; }
    U { solver PBiCGStab; preconditioner DILU; tolerance 1e-9; relTol 0.001; }
}
PISO { nCorrectors 2; nNonOrthogonalCorrectors 0; }
"""


def write_list(path, rows):
    path.write_text(f"{len(rows)}\n(\n" + "\n".join(rows) + "\n)\n")


def read_numbers(path, width):
    """The rows of an ASCII list: of a mesh file, or of a field's internal values."""
    text = path.read_text()
    found = re.search(r"\n(\d+)\s*\n\(\n(.*?)\n\)", text, re.DOTALL)
    rows = [tuple(float(word) for word in line.strip("()").split()) for line in found.group(2).split("\n")]
    assert len(rows) == int(found.group(1)) and len(rows[0]) == width, path
    return rows


def patch_faces(folder, name):
    """Centre and area of the faces of a patch in a plane of constant z."""
    mesh = folder / "constant" / "polyMesh"
    points = read_numbers(mesh / "points", 3)
    entry = re.search(rf"{name}\s*{{[^}}]*nFaces\s+(\d+);\s*startFace\s+(\d+);", (mesh / "boundary").read_text())
    count, start = map(int, entry.groups())
    faces = re.findall(r"^\d+\(([\d ]+)\)$", (mesh / "faces").read_text(), re.MULTILINE)[start : start + count]
    found = []
    for face in faces:
        corners = [points[int(k)] for k in face.split()]
        middle = [sum(c[axis] for c in corners) / len(corners) for axis in (0, 1)]
        area = x = y = 0.0
        for a, b in zip(corners, corners[1:] + corners[:1]):
            part = abs((a[0] - middle[0]) * (b[1] - middle[1]) - (b[0] - middle[0]) * (a[1] - middle[1])) / 2
            area += part
            x += part * (a[0] + b[0] + middle[0]) / 3
            y += part * (a[1] + b[1] + middle[1]) / 3
        found.append((x / area, y / area, corners[0][2], area))
    return found


def scaled(pairs, areas):
    """Both harmonics scaled to their exact flow rates through faces that do not quite fill the circle."""
    mean, first = (sum(a * pair[k] for a, pair in zip(areas, pairs)) / MEAN_FLOW for k in (0, 1))
    return [(u / mean, AMPLITUDE * v / first) for u, v in pairs]


def write_fields(folder, steps, inflow):
    """The exact flow: at the inlet at every step, in all cells at time 0."""
    data = folder / "constant" / "boundaryData" / "inlet"
    data.mkdir(parents=True)
    inlet = patch_faces(folder, "inlet")
    write_list(data / "points", [f"({x!r} {y!r} {z!r})" for x, y, z, _ in inlet])
    pairs = [harmonics(math.hypot(x, y)) for x, y, *_ in inlet]
    if inflow == "scaled":
        pairs = scaled(pairs, [area for *_, area in inlet])
    for step in range(CYCLES * steps + 2):
        time = PERIOD * step / steps
        (data / f"{time:.10g}").mkdir()
        write_list(data / f"{time:.10g}" / "U", [f"(0 0 {at_time(pair, time)!r})" for pair in pairs])
    core_seconds(["postProcess", "-constant", "-func", "writeCellCentres"], folder)
    core_seconds(["postProcess", "-constant", "-func", "writeCellVolumes"], folder)
    cells = read_numbers(folder / "constant" / "C", 3)
    start = [f"(0 0 {at_time(harmonics(math.hypot(x, y)), 0.0)!r})" for x, y, _ in cells]
    (folder / "0").mkdir()
    (folder / "0" / "U").write_text(
        header("volVectorField", "U") + f"dimensions [0 1 -1 0 0 0 0];\ninternalField nonuniform List<vector>\n{len(start)}\n(\n"
        + "\n".join(start) + "\n)\n;\nboundaryField\n{\nwall { type noSlip; } outlet { type zeroGradient; }\n"
        "inlet { type timeVaryingMappedFixedValue; setAverage false; offset (0 0 0); mapMethod nearest; }\n}\n"
    )
    (folder / "0" / "p").write_text(
        header("volScalarField", "p") + "dimensions [0 2 -2 0 0 0 0];\ninternalField uniform 0;\nboundaryField\n{\n"
        "wall { type zeroGradient; } inlet { type fixedFluxPressure; value uniform 0; }\n"
        "outlet { type fixedValue; value uniform 0; }\n}\n"
    )
    return cells


def sampled(folder, places):
    """Pressure and axial velocity at places, in their order."""
    key = lambda place: tuple(round(1e7 * float(c)) for c in place)
    at = []
    for name in ("points_p.xy", "points_U.xy"):
        rows = [line.split() for line in (folder / name).read_text().splitlines()]
        at.append({key(row[:3]): float(row[-1]) for row in rows})
    return [tuple(values[key(place)] for values in at) for place in places]


def run(folder, across, steps, inflow, length):
    """Runs both cycles on an O-grid of `across` cells with so many steps a cycle. The inflow is "exact" at the centres of the faces, or
    "scaled" to the exact flow rate."""
    assert steps % PHASES == 0
    for name in ("system", "constant"):
        (folder / name).mkdir(parents=True)
    every = steps // PHASES
    write = lambda name, text: (folder / name).write_text(header("dictionary", name.split("/")[1]) + text)
    (folder / "system/blockMeshDict").write_text(block_mesh(across, length))
    write("system/controlDict", CONTROL.format(end=CYCLES * PERIOD, step=PERIOD / steps, every=every, kept=PHASES))
    write("system/fvSchemes", SCHEMES)
    write("system/fvSolution", SOLUTION)
    write("constant/transportProperties", f"nu [0 2 -1 0 0 0 0] {VISCOSITY / DENSITY!r};\n")
    seconds = core_seconds(["blockMesh"], folder)
    cells = write_fields(folder, steps, inflow)
    seconds += core_seconds(["icoFoam"], folder)
    times = sorted((float(p.name), p) for p in folder.iterdir() if re.fullmatch(r"[\d.]+", p.name) and p.name != "0")
    times = [path for _, path in times[-PHASES:]]
    # The layer of cells in the middle, by the cells' own values and volumes.
    volumes = read_numbers(folder / "constant" / "V", 1)
    middle = [k for k, cell in enumerate(cells) if abs(cell[2] - length / 2) < 1e-6 * length]
    own = [(cells[k][0], cells[k][1], volumes[k][0]) for k in middle]
    speeds = []
    for path in times:
        velocity = read_numbers(path / "U", 3)
        speeds.append([velocity[k][2] for k in middle])
    # At the points common to both programs, by OpenFOAM's interpolation.
    points = section()
    places = [(x, y, part * length) for part in SECTIONS for x, y, _ in points]
    write("system/section", SAMPLES.format(points=" ".join(f"({x!r} {y!r} {z!r})" for x, y, z in places)))
    core_seconds(["postProcess", "-func", "section", "-time", f"{(CYCLES - 1) * PERIOD + 1e-9}:"], folder)
    samples = [sampled(folder / "postProcessing/section" / path.name, places) for path in times]
    mean, first = pressure_errors([[DENSITY * p for p, _ in frame] for frame in samples], length)
    frames = [[w for _, w in frame[len(points) : 2 * len(points)]] for frame in samples]
    return {
        "unknowns": 4 * len(cells),
        "steps": CYCLES * steps,
        "seconds": seconds,
        "velocity": velocity_error(points, frames),
        "own": velocity_error(own, speeds),
        "mean drop": abs(mean),
        "drop amplitude": abs(first),
    }


SAMPLES = """type sets; libs (sampling); setFormat raw; interpolationScheme cellPoint; fields (p U); writeControl writeTime;
sets ( points {{ type cloud; axis xyz; points ({points}); }} );
"""
