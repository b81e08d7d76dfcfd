#!/usr/bin/env python3
"""How long the program takes to stop after Ctrl-C, at moments spread over the main job.

    cargo build --release
    python3 benches/cancel.py [--output docs/measurements/cancel.md]
"""

import argparse
import json
import pathlib
import signal
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAM = ROOT / "target" / "release" / "vesalius"
MOMENTS = [0.05, 0.2, 0.5, 1, 2, 4, 7, 10, 13, 16, 19, 22, 26, 30]


def stopped(moment):
    """Milliseconds from the signal to the end, exit code, state of the record, files that are not whole."""
    with tempfile.TemporaryDirectory() as name:
        out = pathlib.Path(name) / "out"
        command = [PROGRAM, "dossier", ROOT / "examples" / "femur_stance.toml", "-o", out]
        program = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(moment)
        start = time.monotonic()
        program.send_signal(signal.SIGINT)
        code = program.wait()
        milliseconds = 1000 * (time.monotonic() - start)
        record = out / "record.json"
        state = json.loads(record.read_text())["status"]["state"] if record.exists() else "no record"
        partial = [path.name for path in out.rglob("*") if path.is_file() and path.name.endswith(".partial")]
    return milliseconds, code, state, partial


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=pathlib.Path, help="also write the table as Markdown")
    options = parser.parse_args()
    missed = 0
    lines = ["| Ctrl-C after s | ended after ms | exit code | record | partial files |", "|---|---|---|---|---|"]
    for moment in MOMENTS:
        milliseconds, code, state, partial = stopped(moment)
        lines.append(f"| {moment} | {milliseconds:.0f} | {code} | {state} | {len(partial)} |")
        print(lines[-1], flush=True)
        missed += milliseconds > 200 or code != 130 or state != "cancelled" or bool(partial)
    text = "# Time to stop after Ctrl-C\n\nMade by `benches/cancel.py` on the femur's dossier.\n\n" + "\n".join(lines) + "\n"
    if options.output:
        options.output.write_text(text)
    if missed:
        raise SystemExit(f"{missed} of {len(MOMENTS)} did not end within 200 ms with a cancelled record")


if __name__ == "__main__":
    main()
