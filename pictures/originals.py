"""Originals that an earlier version kept beside the public pictures: into the private storage with them."""

import posixpath

from django.core.files.storage import Storage

FOLDER = "original_images"


def move_originals(*, public: Storage, private: Storage) -> int:
    """Moves every file of FOLDER from the public to the private storage under its own name; returns how many went.

    Safe to run again, and while the site serves: a file is copied whole, compared by its size, and only then removed. One that lies
    in both storages already is compared the same way. Raises OSError when a copy is not complete; both files then stay.
    """
    try:
        names = public.listdir(FOLDER)[1]
    except FileNotFoundError:
        return 0
    for name in names:
        _move(posixpath.join(FOLDER, name), public, private)
    return len(names)


def _move(name: str, public: Storage, private: Storage) -> None:
    if private.exists(name) and private.size(name) != public.size(name):
        private.delete(name)  # a copy that was cut off
    if not private.exists(name):
        with public.open(name) as file:
            private.save(name, file)
    if private.size(name) != public.size(name):
        raise OSError(f"{name} was not copied whole.")
    public.delete(name)
