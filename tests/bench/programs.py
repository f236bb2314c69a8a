# SPDX-License-Identifier: ISC
"""The programs of the benchmark, compiled anew for each run into a directory of the caller's."""

import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
FLAGS = ["-O2", "-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion",
         "-Wstrict-prototypes", "-Wmissing-prototypes", "-Werror"]
PROGRAMS = {
    "load": ["load.c", "many.c", "one.c", "crew.c", "client.c", "samples.c"],
    "floor": ["floor.c"],
    "floor-static": ["floor.c", "-fPIE", "-static-pie"],
    "eventloop": ["eventloop.c", "-lev"],
}


def compile_program(name, directory):
    """Compiles one of PROGRAMS with the C compiler of the system; returns its path."""
    output = Path(directory, name)
    subprocess.run(["cc", *FLAGS, "-o", output, *PROGRAMS[name]], cwd=HERE, check=True)
    return output
