"""Stripe's form encoding: `line_items[0][price_data][currency]=cny` becomes nested dicts and lists, read with types."""

import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .errors import JSON, ParameterMissing, ParameterRefused, ParameterUnknown

_KEY = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_PARTS = re.compile(r"\[([^\[\]]*)\]")
_AUTHORITY = re.compile(r"^[A-Za-z0-9._~%@:\[\]-]+$")  # host and port; nothing that could end a header or a policy
_WHOLE_NUMBER = re.compile(r"^-?\d{1,18}$")
_MOST_FIELDS = 5_000
_MOST_METADATA, _LONGEST_METADATA_KEY, _LONGEST_METADATA_VALUE = 50, 40, 500


def decode_form(encoded: str) -> JSON:
    """Nest a form-encoded string: `a[b]=1&c[0]=x&d[]=y` gives `{"a": {"b": "1"}, "c": ["x"], "d": ["y"]}`.

    Leaves are strings. Raises ParameterRefused for a key with broken brackets, or used as a value and as a hash.
    """
    root: JSON = {}
    try:
        pairs = parse_qsl(
            encoded, keep_blank_values=True, strict_parsing=bool(encoded), errors="strict", max_num_fields=_MOST_FIELDS
        )
    except ValueError as broken:
        raise ParameterRefused(f"Invalid form encoding: {broken}") from broken
    for key, value in pairs:
        _place(root, _path(key), value)
    return {key: _lists(value) for key, value in root.items()}


def _path(key: str) -> list[str]:
    match = _KEY.match(key)
    if match is None:
        raise ParameterRefused(f"Invalid parameter name: {key}", param=key)
    return [match[1], *_PARTS.findall(match[2])]


def _place(root: JSON, path: list[str], value: str) -> None:
    here = root
    for part in path[:-1]:
        part = part or str(len(here))  # `a[][b]`: the next place of the list
        here = here.setdefault(part, {})
        if not isinstance(here, dict):
            raise ParameterRefused(f"Invalid parameter: {path[0]} is both a value and a hash", param=path[0])
    last = path[-1] or str(len(here))
    if isinstance(here.get(last), dict):
        raise ParameterRefused(f"Invalid parameter: {path[0]} is both a value and a hash", param=path[0])
    here[last] = value


def _lists(value: Any) -> Any:
    """Turn dicts keyed 0..n-1 into lists, all the way down."""
    if not isinstance(value, dict):
        return value
    inner = {key: _lists(each) for key, each in value.items()}
    places = [str(place) for place in range(len(inner))]
    return [inner[place] for place in places] if inner and set(places) == set(inner) else inner


class Parameters:
    """The parameters of one request, read one by one; `finish` refuses whatever nobody read."""

    def __init__(self, values: JSON, *, prefix: str = "") -> None:
        self._values = values
        self._prefix = prefix
        self._read: set[str] = set()
        self._inner: list[Parameters] = []

    def name(self, key: str) -> str:
        """The parameter's full name as the caller wrote it, such as `line_items[0][quantity]`."""
        return f"{self._prefix}[{key}]" if self._prefix else key

    def has(self, key: str) -> bool:
        """Whether the parameter was sent, be it empty."""
        return key in self._values

    def is_hash(self, key: str) -> bool:
        """Whether the parameter was sent as a hash, `key[inner]=value`."""
        return isinstance(self._values.get(key), dict)

    def text(self, key: str, *, most: int = 5_000) -> str | None:
        """A string, or None when absent or empty (an empty string is how Stripe unsets)."""
        self._read.add(key)
        value = self._values.get(key)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise ParameterRefused(f"Invalid string: {self.name(key)}", param=self.name(key))
        if len(value) > most:
            raise ParameterRefused(
                f"Invalid string: {self.name(key)} must be at most {most} characters", param=self.name(key)
            )
        return value

    def required_text(self, key: str, *, most: int = 5_000) -> str:
        """A string that must be there and not empty; raises ParameterMissing."""
        value = self.text(key, most=most)
        if value is None:
            raise ParameterMissing(self.name(key))
        return value

    def integer(self, key: str, *, least: int | None = None, most: int | None = None) -> int | None:
        """A whole number within bounds, or None when absent."""
        value = self.text(key)
        if value is None:
            return None
        if not _WHOLE_NUMBER.match(value):
            raise ParameterRefused(f"Invalid integer: {value}", param=self.name(key), code="parameter_invalid_integer")
        number = int(value)
        if least is not None and number < least:
            message = f"This value must be greater than or equal to {least}."
            raise ParameterRefused(message, param=self.name(key), code="parameter_invalid_integer")
        if most is not None and number > most:
            message = f"This value must be less than or equal to {most}."
            raise ParameterRefused(message, param=self.name(key), code="parameter_invalid_integer")
        return number

    def required_integer(self, key: str, *, least: int | None = None, most: int | None = None) -> int:
        """A whole number that must be there; raises ParameterMissing."""
        value = self.integer(key, least=least, most=most)
        if value is None:
            raise ParameterMissing(self.name(key))
        return value

    def flag(self, key: str) -> bool | None:
        """`true` or `false`, or None when absent."""
        value = self.choice(key, ("true", "false"))
        return None if value is None else value == "true"

    def choice(self, key: str, allowed: Sequence[str]) -> str | None:
        """One of the allowed strings, or None when absent."""
        value = self.text(key)
        if value is not None and value not in allowed:
            raise ParameterRefused(
                f"Invalid {self.name(key)}: must be one of {', '.join(allowed)}", param=self.name(key)
            )
        return value

    def url(self, key: str) -> str | None:
        """An http or https address, or None when absent."""
        value = self.text(key)
        if value is None:
            return None
        try:
            parts = urlsplit(value)
            whole = parts.scheme in ("http", "https") and bool(parts.hostname and _AUTHORITY.match(parts.netloc))
            whole = whole and not re.search(r"[\s\x00-\x1f]", value)
        except ValueError:
            whole = False
        if not whole:
            raise ParameterRefused("Not a valid URL", param=self.name(key), code="url_invalid")
        return value

    def texts(self, key: str, allowed: Iterable[str] | None = None) -> list[str] | None:
        """A list of strings, or None when absent."""
        self._read.add(key)
        value = self._values.get(key)
        if value is None or value == "":
            return None
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise ParameterRefused("Invalid array", param=self.name(key))
        if allowed is not None:
            for place, each in enumerate(value):
                if each not in allowed:
                    param = f"{self.name(key)}[{place}]"
                    raise ParameterRefused(f"Invalid {param}: must be one of {', '.join(allowed)}", param=param)
        return value

    def inner(self, key: str) -> "Parameters | None":
        """A hash of parameters, or None when absent; it is finished with its parent."""
        self._read.add(key)
        value = self._values.get(key)
        if value is None or value == "":
            return None
        if not isinstance(value, dict):
            raise ParameterRefused("Invalid object", param=self.name(key))
        return self._keep(Parameters(value, prefix=self.name(key)))

    def required_inner(self, key: str) -> "Parameters":
        """A hash that must be there; raises ParameterMissing."""
        inner = self.inner(key)
        if inner is None:
            raise ParameterMissing(self.name(key))
        return inner

    def items(self, key: str) -> "list[Parameters]":
        """A list of hashes; empty when absent."""
        self._read.add(key)
        value = self._values.get(key)
        if value is None or value == "":
            return []
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise ParameterRefused("Invalid array", param=self.name(key))
        return [self._keep(Parameters(each, prefix=f"{self.name(key)}[{place}]")) for place, each in enumerate(value)]

    def metadata(self, key: str = "metadata") -> dict[str, str]:
        """Metadata within Stripe's limits (50 keys of 40 characters, values of 500); an empty value unsets its key."""
        self._read.add(key)
        value = self._values.get(key)
        if value is None or value == "":
            return {}
        if isinstance(value, list):  # keys that happen to be 0, 1, 2 ...
            value = {str(place): each for place, each in enumerate(value)}
        if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
            raise ParameterRefused("Invalid object: metadata values must be strings", param=self.name(key))
        if len(value) > _MOST_METADATA:
            raise ParameterRefused(f"You can have up to {_MOST_METADATA} metadata keys", param=self.name(key))
        for each, text in value.items():
            if len(each) > _LONGEST_METADATA_KEY or len(text) > _LONGEST_METADATA_VALUE:
                raise ParameterRefused(
                    "Metadata keys have up to 40 and values up to 500 characters", param=self.name(key)
                )
        return value

    def finish(self) -> None:
        """Refuse what was sent and not read: ParameterUnknown for the first such parameter."""
        for key in self._values:
            if key not in self._read:
                raise ParameterUnknown(self.name(key))
        for inner in self._inner:
            inner.finish()

    def _keep(self, inner: "Parameters") -> "Parameters":
        self._inner.append(inner)
        return inner


def merge_metadata(old: dict[str, str], new: dict[str, str]) -> dict[str, str]:
    """The metadata after an update: keys are set one by one, an empty value removes its key."""
    merged = {**old, **new}
    return {key: value for key, value in merged.items() if value != ""}
