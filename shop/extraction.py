"""Which messages the sources ask for: Python files and templates, read without gettext's programs."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.template import TemplateSyntaxError
from django.utils.translation.template import templatize

CONTEXT_SEPARATOR = "\x04"
NOT_OURS = {"tests", "local", "locale", "docs", "var", "bench", "node_modules", "static", "migrations", "__pycache__"}
TEMPLATE_SUFFIXES = {".html", ".txt", ".xml", ".webmanifest"}
_ONE = None
_PLURAL = (1, 2)
_CONTEXT = ((1, "c"), 2)
_CONTEXT_PLURAL = ((1, "c"), 2, 3)
KEYWORDS = {
    "_": _ONE,
    "gettext": _ONE,
    "gettext_lazy": _ONE,
    "gettext_noop": _ONE,
    "ngettext": _PLURAL,
    "ngettext_lazy": _PLURAL,
    "pgettext": _CONTEXT,
    "pgettext_lazy": _CONTEXT,
    "npgettext": _CONTEXT_PLURAL,
    "npgettext_lazy": _CONTEXT_PLURAL,
}


@dataclass
class Message:
    """A message as the sources write it, and the files that do."""

    msgid: str
    plural: str = ""
    context: str = ""
    files: set[str] = field(default_factory=set)

    @property
    def key(self) -> str:
        """The msgid, after its context where it has one: what a .mo file looks up."""
        return f"{self.context}{CONTEXT_SEPARATOR}{self.msgid}" if self.context else self.msgid


@dataclass
class Extraction:
    """All messages by key, and the files that could not be read, with the reason."""

    messages: dict[str, Message] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)

    def add(self, message: Message) -> None:
        """Count `message` in; the same one from two files becomes one. A plural wins over none."""
        known = self.messages.setdefault(message.key, message)
        known.files |= message.files
        known.plural = known.plural or message.plural


def extract(root: Path) -> Extraction:
    """Read every source below `root` that can hold messages; needs Babel, which only a developer's machine has."""
    found = Extraction()
    for path in sources(root):
        name = path.relative_to(root).as_posix()
        try:
            for message in messages_in(path.read_text(), template=path.suffix != ".py"):
                message.files = {name}
                found.add(message)
        except (SyntaxError, TemplateSyntaxError, UnicodeDecodeError) as problem:
            found.unreadable[name] = str(problem)
    return found


def sources(root: Path) -> Iterator[Path]:
    """The Python files and templates of the apps below `root`, in order."""
    for folder in sorted(root.iterdir()):
        if folder.is_dir() and folder.name not in NOT_OURS and not folder.name.startswith("."):
            yield from (path for path in sorted(folder.rglob("*")) if _may_hold_messages(path, root))


def messages_in(source: str, *, template: bool) -> Iterator[Message]:
    """The messages of one file's text. Raises SyntaxError or TemplateSyntaxError."""
    from babel.messages.extract import extract as extract_calls

    if template:  # turned into calls; what stood between them is blanked out, and its indentation would not be Python's
        source = "\n".join(line.lstrip() for line in templatize(source).splitlines())
    else:
        compile(source, "source", "exec", dont_inherit=True)
    for _line, text, _comments, context in extract_calls("python", io.BytesIO(source.encode()), KEYWORDS):
        msgid, plural = text if isinstance(text, tuple) else (text, "")
        if msgid:
            yield Message(msgid, plural, context or "")


def _may_hold_messages(path: Path, root: Path) -> bool:
    parts = path.relative_to(root).parts
    if NOT_OURS & set(parts[:-1]):
        return False
    return path.suffix == ".py" or (path.suffix in TEMPLATE_SUFFIXES and "templates" in parts)
