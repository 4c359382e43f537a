"""The user, whoever they are (buyer, farmer, clerk, official), and a buyer's addresses."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager["User"]):
    """Makes users who sign in by e-mail or by phone; there is no user name."""

    def create_user(self, email: str | None = None, password: str | None = None, **fields: Any) -> "User":
        """A saved user; `email` is normalised, an unusable password is set when none is given."""
        user = self.model(email=self.normalize_email(email) if email else None, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A saved operator of the platform."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractUser):  # type: ignore[django-manager-missing]
    """One person. What they may do comes from their postings (stations), their store (sellers) and is_superuser (operator)."""

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField(_("e-mail"), unique=True, null=True, blank=True)  # type: ignore[assignment]
    phone = models.CharField(_("mobile number"), max_length=20, unique=True, null=True, blank=True)
    phone_verified_at = models.DateTimeField(_("mobile number proved"), null=True, blank=True)
    name = models.CharField(_("name"), max_length=60, blank=True)
    forgotten_at = models.DateTimeField(_("personal data deleted"), null=True, blank=True)
    language = models.CharField(_("language"), max_length=10, default="zh-hans")

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.name or self.email or self.phone or f"#{self.pk}"

    def get_full_name(self) -> str:
        """The name, or what else tells who it is (Django and Wagtail ask for it)."""
        return str(self)

    def get_short_name(self) -> str:
        """The same as the full name: Chinese names are not shortened."""
        return str(self)


class Address(models.Model):
    """Where a buyer wants things sent; `region_code` is the official 12-digit code of the county (or township, village)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="addresses")
    recipient = models.CharField(_("recipient"), max_length=40)
    phone = models.CharField(_("mobile number"), max_length=20)
    region_code = models.CharField(_("region"), max_length=12)
    detail = models.CharField(_("street and number"), max_length=120)
    used_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        ordering = ("-used_at",)

    def __str__(self) -> str:
        return f"{self.recipient} {self.region_code}"


class ConsentPurpose(models.TextChoices):
    """What an account's holder agrees to, each on its own."""

    ACCOUNT = "account", _("keeping an account")
    ADDRESSES = "addresses", _("keeping addresses for the next order")


class Consent(models.Model):
    """What somebody agreed to, in which words (`version`), and when they took it back."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(_("purpose"), max_length=10, choices=ConsentPurpose)
    version = models.CharField(_("version of the consent's text"), max_length=20)
    given_at = models.DateTimeField(_("given"), default=timezone.now)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("user", "purpose"), condition=Q(withdrawn_at=None), name="one_consent_a_user_and_purpose"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.get_purpose_display()}"


class OneTimeCode(models.Model):
    """A code that was sent to a phone for one purpose and subject; only its keyed hash is kept (see accounts.codes)."""

    purpose = models.CharField(max_length=20)
    subject = models.CharField(max_length=40)
    code_hash = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    tries_left = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = _("one-time code")
        verbose_name_plural = _("one-time codes")
        constraints: ClassVar = [models.UniqueConstraint(fields=("purpose", "subject"), name="one_code_a_subject")]

    def __str__(self) -> str:
        return self.purpose
