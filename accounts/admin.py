"""The operator's page of users: who they are, whether they may sign in; what they may do comes from their postings (stations)."""

from typing import Any

from allauth.mfa.admin import Authenticator
from allauth.usersessions.admin import UserSession
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.phones import BadPhone, checked_phone


def _phone_of(form: forms.ModelForm[User]) -> str | None:
    """The eleven digits, as they are typed at the door later; None, not an empty text, where there is none: several have none."""
    typed = form.cleaned_data.get("phone")
    try:
        return checked_phone(typed) if typed else None
    except BadPhone as bad:
        raise forms.ValidationError(str(bad)) from bad


class NewUserForm(AdminUserCreationForm[User]):
    """A user without a user name: an e-mail or a mobile number is what they sign in with."""

    class Meta:
        model = User
        fields = ("name", "email", "phone")

    def clean(self) -> dict[str, object]:
        """One of the two has to be there."""
        answers: dict[str, object] = super().clean() or {}
        if not (answers.get("email") or answers.get("phone")):
            raise forms.ValidationError(
                _("Give an e-mail address or a mobile number: one of them is needed to sign in.")
            )
        return answers

    def clean_email(self) -> str | None:
        """None, not an empty text, where there is none: several users have none."""
        return self.cleaned_data.get("email") or None

    def clean_phone(self) -> str | None:
        """The same for the phone."""
        return _phone_of(self)


class KnownUserForm(UserChangeForm[User]):
    """What the operator changes of a user."""

    def clean_phone(self) -> str | None:
        """As for a new one."""
        return _phone_of(self)


@admin.register(User)
class UserAdmin(DjangoUserAdmin[User]):
    """Users, found by name, e-mail or phone."""

    form = KnownUserForm
    add_form = NewUserForm
    list_display = ("name", "email", "phone", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser", "groups")
    search_fields = ("name", "email", "phone")
    ordering = ("-pk",)
    fieldsets = (
        (None, {"fields": ("name", "email", "phone", "password", "language")}),
        (_("Permissions"), {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("name", "email", "phone", "usable_password", "password1", "password2")}),)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """A number that somebody else typed is not proved."""
        if "phone" in form.changed_data:
            obj.phone_verified_at = None
        super().save_model(request, obj, form, change)


# Both come from where allauth registers them. Its page of sessions searches for user names, which nobody has here; each user ends
# their own sessions on their own page.
admin.site.unregister(UserSession)
# Its page of second factors shows their secrets.
admin.site.unregister(Authenticator)


@admin.register(Authenticator)
class FactorAdmin(admin.ModelAdmin[Authenticator]):
    """Second factors, without what they are made of: whoever lost theirs comes in person, and an operator takes it off here."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    search_fields = ("user__name", "user__email", "user__phone")
    fields = readonly_fields = ("user", "type", "created_at", "last_used_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only the user can add one."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """There is nothing to change in one."""
        return False
