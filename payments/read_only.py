"""Rows that the operator's pages show and nobody changes by hand: what is booked, scanned or ordered is changed by its journey."""

from typing import Any

from django.http import HttpRequest


class ReadOnly:
    """A mixin for an admin page whose rows are only read."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False
