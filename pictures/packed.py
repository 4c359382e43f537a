"""Photographs that come packed in a ZIP: each by its own name, wherever it lay, and nothing that a ZIP can do besides."""

import io
import stat
import zipfile
from pathlib import PurePosixPath
from typing import IO

from django.conf import settings
from django.utils.translation import gettext as _

from pictures.intake import CleanPicture, PictureRefused, clean_file

MOST_ZIPPED = 300 * 2**20
MOST_UNZIPPED = 600 * 2**20
MOST_ENTRIES = 5000
# Photographs are packed already: what shrinks further is none.
MOST_RATIO = 50
_IN_UTF8, _ENCRYPTED = 0x800, 0x1


class ZipRefused(ValueError):
    """A ZIP that is not taken in; the message is for whoever brought it."""


class PackedPictures:
    """The photographs of a ZIP by their file names, without folders and whatever their letters' case.

    Nothing is written to the disk; an entry is read when it is asked for, and no further than it said. Raises ZipRefused.
    """

    def __init__(self, file: IO[bytes]) -> None:
        file.seek(0, io.SEEK_END)
        if file.tell() > MOST_ZIPPED:
            raise ZipRefused(
                _("The ZIP file is larger than %(most)s MB. Please split it.") % {"most": MOST_ZIPPED // 2**20}
            )
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError) as broken:
            raise ZipRefused(
                _("This is not a ZIP file, or it is damaged. Please pack the photographs again.")
            ) from broken
        self._entries: dict[str, zipfile.ZipInfo] = {}
        self.doubled: set[str] = set()
        self._look_through([info for info in self._zip.infolist() if not info.is_dir()])

    def _look_through(self, entries: list[zipfile.ZipInfo]) -> None:
        if len(entries) > MOST_ENTRIES:
            raise ZipRefused(
                _("The ZIP file holds more than %(most)s files. Please split it.") % {"most": MOST_ENTRIES}
            )
        if sum(info.file_size for info in entries) > MOST_UNZIPPED:
            raise ZipRefused(_("The ZIP file is too large when unpacked. Please split it."))
        for info in entries:
            path = PurePosixPath(_name(info).replace("\\", "/"))
            if path.name.startswith(".") or "__MACOSX" in path.parts:
                continue  # what computers leave beside files
            if info.flag_bits & _ENCRYPTED:
                raise ZipRefused(_("The ZIP file asks for a password. Please pack the photographs without one."))
            if stat.S_ISLNK(info.external_attr >> 16):
                raise ZipRefused(
                    _("“%(name)s” in the ZIP file is a link, not a photograph.") % {"name": path.name[:60]}
                )
            known = path.name.casefold()
            if known in self._entries:
                self.doubled.add(known)
            self._entries[known] = info

    def __contains__(self, name: str) -> bool:
        return name.casefold() in self._entries

    def read(self, name: str) -> CleanPicture:
        """The photograph of this name, through the same door as any other. Raises PictureRefused."""
        info = self._entries[name.casefold()]
        most = settings.WAGTAILIMAGES_MAX_UPLOAD_SIZE
        if info.file_size > max(MOST_RATIO * info.compress_size, 100_000):
            raise PictureRefused(_("The picture is damaged or incomplete. Please take or choose it again."))
        try:
            with self._zip.open(info) as packed:
                content = packed.read(most + 1)
        except Exception as broken:  # zipfile lets what zlib, lzma and bz2 raise through
            raise PictureRefused(_("The picture is damaged or incomplete. Please take or choose it again.")) from broken
        return clean_file(io.BytesIO(content))


def _name(info: zipfile.ZipInfo) -> str:
    """The entry's name; Chinese Windows writes it in GB 18030 without saying so."""
    if info.flag_bits & _IN_UTF8:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return info.filename
