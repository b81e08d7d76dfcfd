"""The pulsatile pipe of `flow_pipe.py`: its numbers, the exact solution, the points at which both programs are compared."""

import cmath
import math
import os
import resource
import subprocess
import sys

RADIUS = 2e-3  # m
DENSITY = 1060.0  # kg/m³
VISCOSITY = 3.5e-3  # Pa s
MEAN_FLOW = 2e-6  # m³/s
AMPLITUDE = 0.6  # of the first harmonic, over the mean; nowhere does the exact flow go back
PERIOD = 0.5  # s
CYCLES = 2
PHASES = 8  # moments of the last cycle that are compared, equally far apart
SECTIONS = (0.25, 0.5, 0.75)  # of the length: velocities are compared in the second, pressures in the first and third
POINTS = (10, 12)  # rings of a section, and points of a ring

OMEGA = math.tau / PERIOD
SPEED = MEAN_FLOW / (math.pi * RADIUS**2)  # mean over section and cycle
ALPHA = RADIUS * math.sqrt(OMEGA * DENSITY / VISCOSITY)
LAMBDA = cmath.rect(ALPHA, 0.75 * math.pi)


def bessel(order, z):
    """J₀ or J₁ by its power series."""
    term = 1 if order == 0 else z / 2
    total = term
    for k in range(1, 200):
        term *= -z * z / 4 / (k * (k + order))
        total += term
        if abs(term) < 1e-18 * abs(total):
            break
    return total


AT_WALL = bessel(0, LAMBDA)
REST = 1 - 2 * bessel(1, LAMBDA) / (LAMBDA * AT_WALL)


def harmonics(radius):
    """Axial velocity (m/s) at a radius: its mean and its complex first harmonic, 0 at and beyond the wall."""
    part = min(radius / RADIUS, 1.0)
    return SPEED * 2 * (1 - part * part), AMPLITUDE * SPEED * (1 - bessel(0, LAMBDA * part) / AT_WALL) / REST


def at_time(pair, time):
    """Value at a time (s) of a mean and a first harmonic."""
    return pair[0] + (pair[1] * cmath.rect(1, OMEGA * time)).real


# Fall of the pressure per length (Pa/m), mean and first harmonic.
PRESSURE_FALL = (8 * VISCOSITY * SPEED / RADIUS**2, 1j * OMEGA * DENSITY * AMPLITUDE * SPEED / REST)


def section():
    """Points (x, y, weight) of a circle's inside: rings of equal area, each point at the middle of its own area."""
    rings, around = POINTS
    points = []
    for ring in range(rings):
        radius = RADIUS * math.sqrt((ring + 0.5) / rings)
        for k in range(around):
            angle = math.tau * (k + 0.37 * ring) / around
            points.append((radius * math.cos(angle), radius * math.sin(angle), 1.0))
    return points


def velocity_error(points, frames):
    """L2 norm over section and cycle of the axial velocity's error over that of the velocity. `points` are (x, y, weight),
    `frames` the velocities (m/s) at the phases k/PHASES, k = 1, ..., PHASES, of a cycle."""
    assert len(frames) == PHASES
    pairs = [harmonics(math.hypot(x, y)) for x, y, _ in points]
    wrong = size = 0.0
    for k, frame in enumerate(frames, start=1):
        for (_, _, weight), pair, value in zip(points, pairs, frame, strict=True):
            exact = at_time(pair, PERIOD * k / PHASES)
            wrong += weight * (value - exact) ** 2
            size += weight * exact**2
    return math.sqrt(wrong / size)


def pressure_errors(frames, length):
    """Relative errors of mean and amplitude of the pressure drop from the first section to the last. `frames` are the pressures (Pa)
    at the points of all sections, at the phases k/PHASES, k = 1, ..."""
    assert len(frames) == PHASES
    count = len(section())
    drops = [(sum(frame[:count]) - sum(frame[-count:])) / count for frame in frames]
    length *= SECTIONS[-1] - SECTIONS[0]
    mean = sum(drops) / PHASES
    first = 2 / PHASES * sum(p * cmath.rect(1, -math.tau * k / PHASES) for k, p in enumerate(drops, start=1))
    return mean / (PRESSURE_FALL[0] * length) - 1, abs(first) / abs(PRESSURE_FALL[1] * length) - 1


def core_seconds(command, folder):
    """User and system seconds of a process and of what it started. One thread."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = dict(os.environ, OMP_NUM_THREADS="1")
    done = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        text = done.stdout.decode(errors="replace")[-3000:]
        sys.exit(f"{' '.join(map(str, command))} failed with exit code {done.returncode}:\n{text}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
