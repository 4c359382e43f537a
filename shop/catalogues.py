"""The message catalogues below locale/: kept up to date, compiled and checked without gettext's programs.

Every text of ours is written in English in the sources; `zh_Hans` holds what most readers see. `en` repeats the English, so that a
plural is right and no other package's English slips in. References name files without lines, and there are no dates: two people who
translate different pages don't collide.
"""

import fcntl
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polib

from shop.extraction import CONTEXT_SEPARATOR, Extraction, Message, extract

PLURALS = {"zh_Hans": "nplurals=1; plural=0;", "en": "nplurals=2; plural=(n != 1);"}
# English pages may name a language in its own script, and nothing else in Chinese.
ALLOWED_HAN = {"中文", "简体中文"}
HAN = re.compile(r"[\u3400-\u9fff]")
PLACEHOLDER = re.compile(r"%\(\w+\)[sdf]|%[sdf]|\{\w*\}")
Translations = Mapping[str, str | list[str]]


class WrongTranslations(Exception):
    """A file of translations is not {"English": "中文"}."""


@dataclass(frozen=True)
class Update:
    """What an update of the catalogues found."""

    messages: int
    untranslated: list[str]
    unknown: list[str]
    unreadable: dict[str, str]


def update(root: Path, *, translations: Translations | None = None, prune: bool = False) -> Update:
    """Extract all messages below `root` into both catalogues, and fill in `translations` (key -> Chinese).

    Chinese whose message left the sources stays in the file as obsolete, and comes back with its message; `prune` removes it.
    """
    with _alone(root):
        found = _extracted(root)
        for language in PLURALS:
            catalogue = _read(root, language)
            merged = _merged(catalogue, found, language)
            if language == "zh_Hans":
                _fill(merged, translations or {})
                missing = sorted(_key(entry) for entry in merged.untranslated_entries())
            if prune:
                merged[:] = [entry for entry in merged if not entry.obsolete]
            _save(merged, root, language)
        unknown = sorted(set(translations or {}) - set(found.messages))
        return Update(len(found.messages), missing, unknown, found.unreadable)


def borrow(root: Path, keys: list[str]) -> None:
    """Count messages of other packages as ours, because their own Chinese is missing or wrong."""
    with _alone(root):
        known = set(_borrowed(root)) | set(keys)
        _borrowed_file(root).write_text(json.dumps(sorted(known), ensure_ascii=False, indent=1) + "\n")


def read_translations(path: Path) -> Translations:
    """The translations of a JSON file. Raises WrongTranslations when it is not a dict of strings or lists of strings."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError) as problem:
        raise WrongTranslations(f"{path}: {problem}") from problem
    if not isinstance(found, dict) or not all(_is_translation(value) for value in found.values()):
        raise WrongTranslations(
            f'{path} must be {{"English": "中文"}}, or {{"English singular": ["中文"]}} for a plural.'
        )
    return found


def compile_all(root: Path) -> list[Path]:
    """Write a .mo file beside each catalogue whose .mo is missing or older; returns those written."""
    written = []
    with _alone(root):
        for language in PLURALS:
            source = _path(root, language)
            target = source.with_suffix(".mo")
            if source.exists() and (not target.exists() or target.stat().st_mtime_ns < source.stat().st_mtime_ns):
                half = target.with_suffix(f".{os.getpid()}")
                polib.pofile(str(source)).save_as_mofile(str(half))
                half.replace(target)
                written.append(target)
    return written


def problems(root: Path) -> list[str]:
    """What keeps the catalogues from being complete and right, one line each; changes nothing."""
    found = _extracted(root)
    lines = [f"{name}: {reason}" for name, reason in found.unreadable.items()]
    for key, message in found.messages.items():
        if HAN.search(message.msgid) and message.msgid not in ALLOWED_HAN:
            lines.append(f"{_where(message)}: write the message in English, Chinese goes to the catalogue: {key!r}")
    for language in PLURALS:
        lines += [f"{language}: {line}" for line in _problems_of(_read(root, language), found)]
    return lines


def _problems_of(catalogue: polib.POFile, found: Extraction) -> Iterator[str]:
    entries = {_key(entry): entry for entry in catalogue}
    for key, message in found.messages.items():
        entry = entries.get(key)
        if entry is None or entry.obsolete:
            yield f"missing from the catalogue ({_where(message)}), run `manage.py messages`: {key!r}"
        elif message.plural != (entry.msgid_plural or ""):
            yield f"another plural in the catalogue ({_where(message)}), run `manage.py messages`: {key!r}"
    for key, entry in entries.items():
        if entry.obsolete or key not in found.messages:
            yield f"in no source any more, run `manage.py messages --prune`: {key!r}"
        elif entry.fuzzy:
            yield f"marked fuzzy: {key!r}"
        elif not entry.translated():
            yield f"not translated ({_where(found.messages[key])}): {key!r}"
        else:
            yield from _placeholder_problems(entry)


def _placeholder_problems(entry: polib.POEntry) -> Iterator[str]:
    """A translation must carry the placeholders of its message: a missing one hides a number, a foreign one breaks the page."""
    forms = entry.msgstr_plural or {0: entry.msgstr}
    for number, text in forms.items():
        original = entry.msgid_plural if entry.msgid_plural and (number or len(forms) == 1) else entry.msgid
        expected, given = set(PLACEHOLDER.findall(original)), set(PLACEHOLDER.findall(text))
        if expected != given:
            yield f"placeholders differ, {sorted(expected)} became {sorted(given)}: {_key(entry)!r}"


def _extracted(root: Path) -> Extraction:
    found = extract(root)
    for key in _borrowed(root):
        context, _separator, msgid = key.rpartition(CONTEXT_SEPARATOR)
        found.add(Message(msgid, context=context, files={"locale/borrowed.json"}))
    return found


def _merged(old: polib.POFile, found: Extraction, language: str) -> polib.POFile:
    """`found` with the translations of `old`, sorted; what left the sources is obsolete, unless its source can't be read just now."""
    kept = {_key(entry): entry for entry in old}
    new = _empty(language)
    for key, message in found.messages.items():
        new.append(_entry(message, kept.pop(key, None), language))
    for entry in kept.values():
        unreadable = any(name in found.unreadable for name, _line in entry.occurrences)
        if unreadable or any(_forms(entry)):
            entry.obsolete = not unreadable
            new.append(entry)
    new.sort(key=lambda entry: (bool(entry.obsolete), entry.msgid, entry.msgctxt or ""))
    return new


def _entry(message: Message, old: polib.POEntry | None, language: str) -> polib.POEntry:
    entry = polib.POEntry(msgid=message.msgid, occurrences=[(name, "") for name in sorted(message.files)])
    if message.context:
        entry.msgctxt = message.context
    if message.plural:
        entry.msgid_plural = message.plural
    forms = [message.msgid, message.plural] if language == "en" else _forms(old)
    _set_forms(entry, forms)
    return entry


def _forms(entry: polib.POEntry | None) -> list[str]:
    if entry is None:
        return [""]
    return [text for _number, text in sorted(entry.msgstr_plural.items())] if entry.msgstr_plural else [entry.msgstr]


def _set_forms(entry: polib.POEntry, forms: list[str]) -> None:
    if entry.msgid_plural:
        entry.msgstr_plural = dict(enumerate(forms))
    else:
        entry.msgstr = forms[0]


def _fill(catalogue: polib.POFile, translations: Translations) -> None:
    for entry in catalogue:
        given = translations.get(_key(entry))
        if given and not entry.obsolete:
            _set_forms(entry, [given] if isinstance(given, str) else given)


def _read(root: Path, language: str) -> polib.POFile:
    path = _path(root, language)
    return polib.pofile(str(path)) if path.exists() else _empty(language)


def _empty(language: str) -> polib.POFile:
    catalogue = polib.POFile()
    catalogue.metadata = {
        "Project-Id-Version": "Daylily",
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": PLURALS[language],
    }
    return catalogue


def _save(catalogue: polib.POFile, root: Path, language: str) -> None:
    path = _path(root, language)
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(f".{os.getpid()}")
    catalogue.save(str(half))
    if path.exists() and path.read_bytes() == half.read_bytes():
        half.unlink()
    else:
        half.replace(path)


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Hold the catalogues' lock; others wait."""
    (root / "locale").mkdir(exist_ok=True)
    with (root / "locale" / ".lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _path(root: Path, language: str) -> Path:
    return root / "locale" / language / "LC_MESSAGES" / "django.po"


def _borrowed_file(root: Path) -> Path:
    return root / "locale" / "borrowed.json"


def _borrowed(root: Path) -> list[str]:
    path = _borrowed_file(root)
    return list(json.loads(path.read_text())) if path.exists() else []


def _key(entry: polib.POEntry) -> str:
    return f"{entry.msgctxt}{CONTEXT_SEPARATOR}{entry.msgid}" if entry.msgctxt else str(entry.msgid)


def _where(message: Message) -> str:
    return min(message.files)


def _is_translation(value: object) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value)
    )
