"""The kinds of forms that a phone keeps without a line: the opening of a store is one; an app above adds its own when it starts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.core.files.uploadedfile import UploadedFile
from django.utils.functional import Promise

from accounts.models import User
from sellers.filled import Filled
from sellers.models import Household, Opening, Store, Submission
from stations.models import Station

OPENING = "opening"


class Conflict(Exception):
    """What was filled in can't be applied as it stands: `why` is a word of the kind's `words`, `household` who is in the way."""

    def __init__(self, why: str, *, household: Household | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.household = household


@dataclass(frozen=True)
class Decision:
    """What a person decided at the inbox: go on with this family of the record, or over what stands in the way."""

    household: Household | None = None
    over_changes: bool = False


AS_IT_STANDS = Decision()


@dataclass(frozen=True)
class Made:
    """What came of a form: `message` is a word of the kind's `words`; a submitted opening is gone and still knows its store."""

    message: str
    opening: Opening | None = None
    store: Store | None = None
    ref: str = ""


class Apply(Protocol):
    """Brings a form as far as it goes, within the caller's transaction, which is undone when it raises Conflict."""

    def __call__(self, *, by: User, station: Station, filled: Filled, decision: Decision = AS_IT_STANDS) -> Made:
        """What came of it."""


@dataclass(frozen=True)
class FormKind:
    """One kind of form: what its fields begin with (`screens`), its `photographs`, how it is applied and looked at.

    `versions` gives the inbox what its page shows of a form that waits, `address` where one that is done goes on, `about` whose store it
    names. A kind of an app above has a `part` of the offline page: its template, with what `offer` says for a user (None: nothing), and
    its `files`, which phones keep.
    """

    screens: tuple[str, ...]
    photographs: tuple[str, ...]
    words: Mapping[str, Promise]
    apply: Apply
    versions: Callable[[User, Submission, Filled], dict[str, Any]]
    address: Callable[[Submission], str]
    about: Callable[[Filled], Store | None] = lambda _filled: None
    part: str = ""
    offer: Callable[[User], dict[str, Any] | None] = lambda _user: None
    files: tuple[str, ...] = field(default=())


KINDS: dict[str, FormKind] = {}


def kind_of(submission: Submission) -> FormKind:
    """The kind of a form that came."""
    return KINDS[submission.kind]


def answers_of(kind: FormKind, data: Any) -> dict[str, str]:
    """The answers among what was posted: the kind's fields, each once; no database keeps a NUL."""
    return {name: str(data[name]).replace("\0", "") for name in data if name.partition("-")[0] in kind.screens}


def photographs_of(kind: FormKind, files: Any) -> dict[str, UploadedFile[bytes]]:
    """The photographs among what was posted."""
    sent = ((name, files.get(name)) for name in kind.photographs)
    return {name: file for name, file in sent if isinstance(file, UploadedFile)}
