"""Sealing of personal data: AES-GCM bound to the table, column and row that holds it, and a blind index to find duplicates.

A seal is `DLS`, the version 1, the length and the letters of the key's id, a nonce of 12 bytes, and the ciphertext with its tag.
Everything before the ciphertext, and the place, is authenticated. Seals from before there were key ids are a nonce and a ciphertext
alone; they still open.

Keys come from settings.PERSONAL_DATA_KEYS, {id: 64 hex digits}: the first one seals, all of them open. The blind index has a key of its own
(settings.PERSONAL_DATA_INDEX_KEY), which stays when the others change: `manage.py reseal` moves every seal to the first key, and
`manage.py reseal --index` computes the index anew if its key has to change after all.
"""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE_BYTES = 12
# A seal of the old format begins with a random nonce: one in 2^32 would look like this, and then it is tried as the old format, too.
MARK = b"DLS\x01"


class SealBroken(ValueError):
    """A sealed value that was changed, moved to another row, or sealed with another key."""


class KeyMissing(SealBroken):
    """A value sealed with a key that settings.PERSONAL_DATA_KEYS doesn't hold: `key_id`."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"PERSONAL_DATA_KEYS holds no key {key_id!r}.")
        self.key_id = key_id


def seal(value: str, *, place: str) -> bytes:
    """`value` encrypted for one place, named 'table.column:row'; it opens nowhere else."""
    head = _head(sealing_key()) + os.urandom(NONCE_BYTES)
    cipher = _cipher(settings.PERSONAL_DATA_KEYS[sealing_key()])
    return head + cipher.encrypt(head[-NONCE_BYTES:], value.encode(), head + place.encode())


def unseal(sealed: bytes, *, place: str) -> str:
    """The value sealed for `place`. Raises SealBroken when it was sealed for another place or altered, KeyMissing without its key."""
    key_id = key_of(sealed)
    try:
        if key_id is not None:
            return _opened(sealed, key_id, place)
    except SealBroken:
        if (old := _opened_before_key_ids(sealed, place)) is None:
            raise
        return old
    if (value := _opened_before_key_ids(sealed, place)) is None:
        raise SealBroken(place)
    return value


def sealing_key() -> str:
    """The id of the key that new seals are made with."""
    return str(next(iter(settings.PERSONAL_DATA_KEYS)))


def key_of(sealed: bytes) -> str | None:
    """The id of the key that a value was sealed with; None for a seal from before there were ids."""
    if not sealed.startswith(MARK):
        return None
    length = sealed[len(MARK)]
    return sealed[len(MARK) + 1 : len(MARK) + 1 + length].decode("ascii", "replace")


def blind_index(value: str, *, column: str) -> str:
    """A keyed hash (64 hex digits) that equals for equal values of one column and tells nothing else."""
    key = _derived(settings.PERSONAL_DATA_INDEX_KEY, b"index:" + column.encode())
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()


def _opened(sealed: bytes, key_id: str, place: str) -> str:
    if key_id not in settings.PERSONAL_DATA_KEYS:
        raise KeyMissing(key_id)
    end = len(_head(key_id)) + NONCE_BYTES
    head, ciphertext = sealed[:end], sealed[end:]
    try:
        opened = _cipher(settings.PERSONAL_DATA_KEYS[key_id]).decrypt(
            head[-NONCE_BYTES:], ciphertext, head + place.encode()
        )
    except (InvalidTag, ValueError) as error:
        raise SealBroken(place) from error
    return opened.decode()


def _opened_before_key_ids(sealed: bytes, place: str) -> str | None:
    """The value of a seal in the old format, which doesn't say its key; None when no key opens it there."""
    for key in settings.PERSONAL_DATA_KEYS.values():
        try:
            return _cipher(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode()).decode()
        except (InvalidTag, ValueError):
            continue
    return None


def _head(key_id: str) -> bytes:
    letters = key_id.encode("ascii")
    return MARK + bytes([len(letters)]) + letters


def _cipher(key: str) -> AESGCM:
    return AESGCM(_derived(key, b"seal"))


def _derived(key: str, purpose: bytes) -> bytes:
    return hmac.digest(bytes.fromhex(key), purpose, "sha256")
