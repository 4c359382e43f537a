"""A trial run of AVIF's decoder in a process that may not grow: a file of a kilobyte can say 64 x 48 and hold 16,384 x 16,384.

The other decoders go by the size that was checked; AVIF's takes the size of the frame inside, which nobody can read without it.
"""

import subprocess
import sys

MOST_SECONDS = 20
_TRIAL = """
import io, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (900 * 2**20, 900 * 2**20))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
from PIL import AvifImagePlugin, Image
Image.open(io.BytesIO(sys.stdin.buffer.read()), formats=["AVIF"]).load()
"""


def decodes_within_bounds(raw: bytes) -> bool:
    """Whether an AVIF can be decoded within 900 MB of memory and MOST_SECONDS; takes a fifth of a second."""
    try:
        tried = subprocess.run(
            [sys.executable, "-I", "-c", _TRIAL], input=raw, capture_output=True, timeout=MOST_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return tried.returncode == 0
