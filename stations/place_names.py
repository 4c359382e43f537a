"""Villages as people name them: the bureau's list has their committees (三星村委会), a label says the place (三星村)."""

import re

_COMMITTEE = re.compile(r"(社区|嘎查)?(村民|居民|村|居)委(?:员)?会$")
_PLACES = {"村": "村", "居": "居委会"}


def place_name(name: str) -> str:
    """The place a committee stands for: 三星村委会 -> 三星村, 上正社区居委会 -> 上正社区; other names as they are.

    A residents' committee without the word 社区 keeps its kind (井塘居委会): nothing else says what the place is.
    """
    match = _COMMITTEE.search(name)
    if match is None or match.start() == 0:
        return name
    stem, kind = name[: match.start()], match.group(1) or _PLACES[match.group(2)[0]]
    return stem if stem.endswith(kind) else stem + kind
