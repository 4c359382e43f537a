"""The user, whoever they are (buyer, farmer, clerk, official), and a buyer's addresses."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
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
    name = models.CharField(_("name"), max_length=60, blank=True)
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
