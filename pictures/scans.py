"""How often a JPEG makes its decoder go over all of its pixels: a small file with thousands of scans keeps a processor busy for hours."""

import re

# A camera's progressive JPEG has about ten; libjpeg decodes as many as stand there, each in up to a tenth of a second.
MOST_SCANS = 40
_SCAN, _END = 0xDA, 0xD9
# Within a scan's data 0xFF is followed by zero, by another 0xFF, or by a restart marker.
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")


def has_too_many_scans(raw: bytes) -> bool:
    """Whether these bytes are a JPEG of more than MOST_SCANS scans; what else is broken about it is for its decoder to say."""
    if not raw.startswith(b"\xff\xd8"):
        return False
    place, scans = 2, 0
    while (found := _NEXT_MARKER.search(raw, place)) is not None and raw[found.start() + 1] != _END:
        scans += raw[found.start() + 1] == _SCAN
        if scans > MOST_SCANS:
            return True
        place = found.end()
        place += int.from_bytes(raw[place : place + 2], "big")
    return False
