"""Lays the hooks over Django's connections and the SDK's calls, in the processes that torture starts."""

import os
from typing import Any

import stripe
from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.backends.signals import connection_created

from torture.points import PROCESS, meet


class TortureConfig(AppConfig):
    """The app torture: no models, no pages."""

    name = "torture"

    def ready(self) -> None:
        """Lay the hooks. Raises ImproperlyConfigured in production."""
        if settings.PRODUCTION:
            raise ImproperlyConfigured("A production is not tortured.")
        if os.environ.get(PROCESS):
            connection_created.connect(_hook_statements, dispatch_uid="torture")
            _hook_commits()
            _hook_stripe()


def _hook_statements(connection: Any, **_signal: Any) -> None:
    connection.execute_wrappers.append(_statement)


def _statement(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    meet("statement")
    return execute(sql, params, many, context)


def _hook_commits() -> None:
    commit = DatabaseWrapper._commit  # type: ignore[attr-defined]

    def dying(wrapper: Any) -> Any:
        meet("before-commit")
        done = commit(wrapper)
        meet("after-commit")
        return done

    DatabaseWrapper._commit = dying  # type: ignore[attr-defined]


def _hook_stripe() -> None:
    request = stripe.RequestsClient.request

    def dying(client: Any, *call: Any, **more: Any) -> Any:
        meet("before-stripe")
        answer = request(client, *call, **more)
        meet("after-stripe")
        return answer

    stripe.RequestsClient.request = dying  # type: ignore[assignment,method-assign]
