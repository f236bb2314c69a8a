# SPDX-License-Identifier: ISC
"""Where the fuzzing tool and the built harnesses are."""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "fuzz/tool"))


@pytest.fixture(scope="session")
def replayers() -> Path:
    """The directory of the harnesses with our own main, under ASan and UBSan."""
    return Path(os.environ["HARNESSES"])
