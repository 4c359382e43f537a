"""What a farmer is asked to agree to before anything about them is written down.

Personal Information Protection Law of the People's Republic of China (2021): consent is informed (art. 14, 17), can be taken back
(art. 15), and is separate for sensitive data such as an identity number (art. 28-29). Article 27 of the E-Commerce Law (2018) makes a
platform verify who sells on it.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Change the version with every change of the words below: a household's record names the version that it agreed to.
CONSENT_VERSION = "2026-11b"

CONSENT_POINTS: tuple[tuple[Promise, Promise], ...] = (
    (
        _("What is written down"),
        _("Your name, your mobile number and your village, for running your store and sending your money."),
    ),
    (
        _("Who sees it"),
        _(
            "The staff of your village point, your township station and your county centre. "
            "Buyers see your family name and your village, never your phone number."
        ),
    ),
    (
        _("How long"),
        _(
            "As long as you have a store, and afterwards only as long as the law asks. "
            "At any time you may see what is kept, have it corrected, or take this consent back."
        ),
    ),
)
CONSENT_IDENTITY = _(
    "Your identity number is sensitive. The E-Commerce Law asks us to check who sells here. "
    "It is locked away; on pages only its last four characters show, and every time someone opens it, that is recorded."
)
