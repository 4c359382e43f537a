"""What a password must be, said in the words of this site."""

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.utils.translation import gettext as _


class LongEnough(MinimumLengthValidator):
    """A password of at least `min_length` characters; Django's own message about it has no Chinese."""

    def get_error_message(self) -> str:
        """What a password that is too short is told."""
        return _("This password is too short. Use at least %(count)d characters.") % {"count": self.min_length}

    def get_help_text(self) -> str:
        """What stands beside an empty password."""
        return _("Use at least %(count)d characters.") % {"count": self.min_length}
