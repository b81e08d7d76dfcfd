"""Vesalius on the pulsatile pipe of `flow_pipe.py`: a study through the headless program, its fields read back."""

import array
import json
import re
import struct
import zlib

from flow_pipe_exact import (
    AMPLITUDE, CYCLES, DENSITY, MEAN_FLOW, PERIOD, PHASES, RADIUS, SECTIONS, VISCOSITY,
    core_seconds, pressure_errors, section, velocity_error,
)  # fmt: skip

STUDY = """version = 1
title = "Pulsatile pipe"
question = "How far is the flow from Womersley's?"
context_of_use = "Comparison of programs."
[risk]
influence = "low"
influence_rationale = "comparison"
consequence = "low"
consequence_rationale = "comparison"
[device.tube]
radius = [["0 mm", "{radius} mm"], ["{length} mm", "{radius} mm"]]
[material]
name = "blood"
law = "newtonian_fluid"
source = "chosen for the comparison"
parameters = {{ density = "{density} kg/m^3", viscosity = "{viscosity} mPa s" }}
[mesh]
size = "{size} mm"
element = "{element}"
levels = 1
[flow.time]
cycles = {cycles}
frames = {frames}
courant = {courant}
least_steps = {least}
[[flow.inlets]]
region = "inlet"
profile = "womersley"
mean = "{flow} mL/s"
waveform = {{ fourier = [[{amplitude}, 0.0]], period = "{period} s" }}
source = "chosen for the comparison"
[[flow.outlets]]
region = "outlet_1"
pressure = "0 Pa"
source = "chosen for the comparison"
[[outputs]]
name = "drop"
label = "pressure drop"
unit = "Pa"
flow = {{ metric = "pressure_drop", region = "inlet", to = "outlet_1" }}
"""

KINDS = {"Float64": "d", "Int32": "i", "UInt8": "B"}
FRAMES = 2 * PHASES  # the program writes every second


def read_vtu(path):
    """The arrays of a .vtu file by name: raw, appended, compressed by zlib in blocks."""
    data = path.read_bytes()
    head = data[: data.index(b"<AppendedData")].decode()
    begin = data.index(b"_", data.index(b"<AppendedData")) + 1
    found = {}
    for kind, name, offset in re.findall(r'<DataArray type="(\w+)" Name="([^"]+)"[^>]*offset="(\d+)"', head):
        at = begin + int(offset)
        (blocks,) = struct.unpack_from("<Q", data, at)
        sizes = struct.unpack_from(f"<{blocks}Q", data, at + 24)
        at, plain = at + 24 + 8 * blocks, b""
        for size in sizes:
            plain += zlib.decompress(data[at : at + size])
            at += size
        found[name] = array.array(KINDS[kind], plain)
    return found


def inverse(columns):
    """Rows of the inverse of a 3 x 3 matrix with these columns."""
    a, b, c = columns
    cross = lambda u, v: (u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0])
    det = sum(x * y for x, y in zip(a, cross(b, c)))
    return [tuple(x / det for x in cross(*pair)) for pair in ((b, c), (c, a), (a, b))]


# Edges of a Tet10's nodes 4 to 9, as VTK orders them.
EDGES = ((0, 1), (1, 2), (2, 0), (0, 3), (1, 3), (2, 3))


def shapes(part, count):
    """Shape functions of a tetrahedron of 4 or 10 nodes at barycentric coordinates."""
    if count == 4:
        return part
    return [x * (2 * x - 1) for x in part] + [4 * part[a] * part[b] for a, b in EDGES]


def slopes(part, count):
    """Derivatives of the shape functions by the last three barycentric coordinates."""
    by = lambda k, axis: -1.0 if k == 0 else float(k == axis)
    rows = []
    for axis in (1, 2, 3):
        linear = [by(k, axis) for k in range(4)]
        if count == 4:
            rows.append(linear)
            continue
        corners = [(4 * part[k] - 1) * linear[k] for k in range(4)]
        rows.append(corners + [4 * (linear[a] * part[b] + part[a] * linear[b]) for a, b in EDGES])
    return rows


def locate(points, cells, places):
    """For each place the nodes and their weights, in the cell that holds it. Cells may be curved."""
    weights = []
    boxes = []
    for nodes in cells:
        corners = [points[n] for n in nodes]
        low = [min(c[axis] for c in corners) - 0.02 for axis in range(3)]
        high = [max(c[axis] for c in corners) + 0.02 for axis in range(3)]
        boxes.append((low, high))
    for place in places:
        best = None
        for nodes, (low, high) in zip(cells, boxes):
            if any(not low[axis] <= place[axis] <= high[axis] for axis in range(3)):
                continue
            part = [0.25] * 4
            for _ in range(8):
                shape = shapes(part, len(nodes))
                lack = [place[axis] - sum(s * points[n][axis] for s, n in zip(shape, nodes)) for axis in range(3)]
                columns = [[sum(d * points[n][axis] for d, n in zip(row, nodes)) for axis in range(3)] for row in slopes(part, len(nodes))]
                step = [sum(x * y for x, y in zip(row, lack)) for row in inverse(columns)]
                part = [part[0] - sum(step)] + [p + s for p, s in zip(part[1:], step)]
                if max(map(abs, step)) < 1e-10 or max(map(abs, part)) > 5:
                    break
            if best is None or min(part) > best[0]:
                best = (min(part), nodes, shapes(part, len(nodes)))
            if best[0] > -1e-9:
                break
        # Between the facets of linear elements and the circle there is a gap.
        assert best and best[0] > -0.2, f"no cell holds {place}: {best}"
        weights.append(best[1:])
    return weights


def run(folder, program, size, element, courant, least, length):
    """Runs a study of elements of a size (mm), with a largest Courant number and a least number of steps a frame."""
    folder.mkdir(parents=True)
    study = STUDY.format(
        radius=1e3 * RADIUS, length=1e3 * length, density=DENSITY, viscosity=1e3 * VISCOSITY, size=size, element=element,
        cycles=CYCLES, frames=FRAMES, courant=courant, least=least, flow=1e6 * MEAN_FLOW, amplitude=AMPLITUDE, period=PERIOD,
    )  # fmt: skip
    (folder / "study.toml").write_text(study)
    seconds = core_seconds([program, "run", "study.toml", "-o", "out", "--threads", "1"], folder)
    record = json.loads((folder / "out/record.json").read_text())["flows"][0]
    points = section()
    places = [(1e3 * x, 1e3 * y, 1e3 * part * length) for part in SECTIONS for x, y, _ in points]
    weights, samples = None, []
    for phase in range(1, PHASES + 1):
        data = read_vtu(folder / f"out/fields/flow_{2 * phase:04}.vtu")
        if weights is None:
            flat, ends, nodes = data["Points"], data["offsets"], data["connectivity"]
            mesh = [tuple(flat[k : k + 3]) for k in range(0, len(flat), 3)]
            starts = [0, *ends[:-1]]
            cells = [nodes[a:b] for a, b in zip(starts, ends)]
            heights = sorted({place[2] for place in places})
            near = lambda cell: any(min(mesh[n][2] for n in cell) <= z <= max(mesh[n][2] for n in cell) for z in heights)
            weights = locate(mesh, [cell for cell in cells if near(cell)], places)
        velocity, pressure = data["velocity [mm/s]"], data["pressure [Pa]"]
        frame = []
        for cell, shape in weights:
            w = sum(s * velocity[3 * n + 2] for s, n in zip(shape, cell))
            frame.append((sum(s * pressure[n] for s, n in zip(shape, cell)), 1e-3 * w))
        samples.append(frame)
    mean, first = pressure_errors([[p for p, _ in frame] for frame in samples], length)
    frames = [[w for _, w in frame[len(points) : 2 * len(points)]] for frame in samples]
    return {
        "unknowns": 3 * record["velocities"] + record["pressures"],
        "steps": record["steps"],
        "seconds": seconds,
        "velocity": velocity_error(points, frames),
        "own": None,
        "mean drop": abs(mean),
        "drop amplitude": abs(first),
    }
