"""What a phone filled in without a line: sealed on its submission, the photographs in the private store."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile

from accounts.sealing import seal, unseal
from sellers.models import Submission

SCREENS = ("farmer", "identity", "mandate", "store")
PHOTOGRAPHS = ("identity-licence", "mandate-paper", "store-picture")


@dataclass
class Filled:
    """What a phone sent: `answers` by the forms' field names (screen-field), `base` names the opening that was taken along (ref,
    changed_at), `files` the photographs in the private store, `household` (a key) the family that stood in the way.
    """

    answers: dict[str, str]
    base: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    household: int | None = None


def read_filled(submission: Submission) -> Filled:
    """What was sent, opened. Empty once it has been applied or settled."""
    if submission.sealed is None:
        return Filled({})
    return Filled(**json.loads(unseal(bytes(submission.sealed), place=submission.seal_place)))


def write_filled(submission: Submission, filled: Filled) -> None:
    """Seal what was sent on the submission, unsaved."""
    submission.sealed = seal(json.dumps(asdict(filled)), place=submission.seal_place)


def read_photographs(filled: Filled) -> dict[str, UploadedFile[bytes]]:
    """The photographs as the forms take them; one that is missing from the store is left out."""
    found: dict[str, UploadedFile[bytes]] = {}
    for name, path in filled.files.items():
        if storages["private"].exists(path):
            with storages["private"].open(path) as file:
                found[name] = SimpleUploadedFile(f"{name}.jpg", file.read(), "image/jpeg")
    return found


def remove_folder(folder: str) -> None:
    """Delete the photographs of a submission from the private store."""
    store = storages["private"]
    if not folder or not store.exists(folder):
        return
    for name in store.listdir(folder)[1]:
        store.delete(f"{folder}/{name}")
    store.delete(folder)


def fields_of(data: Any) -> dict[str, str]:
    """The answers among what was posted: the fields of the four screens, each once."""
    return {name: str(data[name]) for name in data if name.partition("-")[0] in SCREENS}
