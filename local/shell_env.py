"""`make shell-env`: prints what a shell needs to run `manage.py` by hand, and leaves the embedded servers running until `make stop`."""

import os
import sys

from local import environment, places, programs, servers


def main() -> None:
    """Print `export` lines; DB=name in the environment takes a database of that name besides the demo's."""
    place = places.demo()
    database = "daylily_" + os.environ["DB"] if os.environ.get("DB") else "daylily"
    (place.folder / "keep").touch()
    try:
        with servers.using(place) as running:
            running.ensure_database(database)
    except (programs.ServerFailed, places.FolderNotOurs) as problem:
        sys.exit(str(problem))
    port = int(os.environ.get("PORT") or environment.DEFAULT_PORT)
    variables = environment.demo_environment(running, port=port, stripe_port=port + 1, database=database)
    print(environment.as_exports(variables))


if __name__ == "__main__":
    main()
