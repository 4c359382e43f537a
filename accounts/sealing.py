"""Sealing of personal data: AES-GCM bound to the table, column and row that holds it, and a blind index to find duplicates."""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE_BYTES = 12


class SealBroken(ValueError):
    """A sealed value that was changed, moved to another row, or sealed with another key."""


def _key(purpose: bytes) -> bytes:
    return hmac.digest(bytes.fromhex(settings.PERSONAL_DATA_KEY), purpose, "sha256")


def seal(value: str, *, place: str) -> bytes:
    """`value` encrypted for one place, named 'table.column:row'; it opens nowhere else."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(_key(b"seal")).encrypt(nonce, value.encode(), place.encode())


def unseal(sealed: bytes, *, place: str) -> str:
    """The value sealed for `place`. Raises SealBroken when it was sealed for another place or altered."""
    try:
        return AESGCM(_key(b"seal")).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode()).decode()
    except InvalidTag as error:
        raise SealBroken(place) from error


def blind_index(value: str, *, column: str) -> str:
    """A keyed hash (64 hex digits) that equals for equal values of one column and tells nothing else."""
    return hmac.new(_key(b"index:" + column.encode()), value.encode(), hashlib.sha256).hexdigest()
