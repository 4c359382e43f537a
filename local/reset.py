"""`make reset`: throws away what the demo has stored. Nothing outside of this clone's own data is touched."""

import shutil
import sys
from pathlib import Path

from local import places, servers
from local.children import end_leftovers
from local.places import Place
from local.stop import runner_of

# What stays: the tests' own data, and what says where root's data lies.
KEPT = {"test", "id", "servers.lock", "users.lock", "start.lock", "no-browser"}


def main() -> None:
    """Delete the demo's data, unless it is in use."""
    print(reset(places.demo()))


def reset(place: Place) -> str:
    """Delete the data of `place` and say so. Ends the program with one line while somebody uses it."""
    if runner_of(place):
        sys.exit("Daylily is running from this folder. Stop it first, with Ctrl-C or `make stop`; nothing was deleted.")
    with places.locked(place.folder / "servers.lock"):
        if servers.in_use(place) or (place.folder / "keep").exists():
            sys.exit("A shell or another program uses the demo's servers. `make stop` ends that; nothing was deleted.")
        end_leftovers(place.folder / "children.json")
        servers.stop(place)
        for path in (place.postgres, place.sockets, *_own_files(place)):
            _delete(path)
    return "The demo's data is gone. `make start` begins anew."


def _own_files(place: Place) -> list[Path]:
    return [path for path in place.folder.iterdir() if path.name not in KEPT]


def _delete(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink(missing_ok=True)
    else:
        shutil.rmtree(path, ignore_errors=False) if path.exists() else None


if __name__ == "__main__":
    main()
