"""The pages of an account that are ours; allauth's come after them, under the same folder."""

from allauth.account.views import password_set
from django.urls import path

from accounts.reauthentication import asks_again
from accounts.views import by_phone, overview, sessions, sign_in

urlpatterns = [
    path("", overview.account, name="account"),
    path("login/", sign_in.sign_in, name="account_login"),
    path("phone/", by_phone.sign_in, name="account_phone_sign_in"),
    path("phone/code/", by_phone.sign_in_code, name="account_phone_code"),
    path("phone/open/", by_phone.open_account, name="account_phone_open"),
    path("phone/again/", by_phone.ask_by_phone, name="account_ask_by_phone"),
    path("phone/change/", by_phone.change_phone, name="account_phone_change"),
    path("phone/change/code/", by_phone.confirm_phone, name="account_phone_confirm"),
    # allauth lets whoever sits at an open browser set a first password unasked.
    path("password/set/", asks_again(password_set), name="account_set_password"),
    path("sessions/", sessions.sessions, name="usersessions_list"),
    path("sessions/<int:pk>/end/", sessions.end, name="account_session_end"),
]
