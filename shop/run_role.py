"""The role that the site runs as: it reads and writes rows, and owns nothing, so nothing that guards the rows can be lifted by it.

PostgreSQL lets the owner of a table disable its triggers, and a superuser anything; django-pgtrigger lets every session ask to be ignored.
So tables belong to the role that migrates, and web and worker connect as another, for which that request counts for nothing.
"""

import re

from django.db import connection, transaction
from psycopg import sql
from psycopg.errors import DuplicateObject

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")

# As django-pgtrigger's own (compiler.UpsertTriggerSql), but for the owner of the tables alone. Each migration that makes a trigger writes
# its own version again: this comes after every `migrate`.
_IGNORE = """
CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name NAME) RETURNS BOOLEAN AS $$
DECLARE
    ignored TEXT[];
BEGIN
    ignored := nullif(current_setting('pgtrigger.ignore', true), '')::TEXT[];
    RETURN ignored IS NOT NULL AND trigger_name = ANY(ignored) AND pg_has_role(
        session_user, (SELECT relowner FROM pg_class WHERE oid = 'public.payments_entry'::regclass), 'MEMBER');
END;
$$ LANGUAGE plpgsql STABLE
"""
_GRANTS = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    "REVOKE TRUNCATE, REFERENCES, TRIGGER ON ALL TABLES IN SCHEMA public FROM {role}, PUBLIC",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
    "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role}",
)


class BadRole(ValueError):
    """A role that the site must not run as, or no name of one; its text says why."""


def grant_run_role(name: str, *, password: str = "") -> None:
    """Make the role `name` what the site runs as: it may sign in, and read and write the rows of the tables there are now.

    For the owner of the tables, after each `migrate`; run again it changes nothing. A password is set where one is given.
    Raises BadRole for a superuser or for the owner.
    """
    if not NAME.fullmatch(name):
        raise BadRole("A role's name is lower-case letters, digits and underscores.")
    role = sql.Identifier(name)
    with transaction.atomic(), connection.cursor() as cursor:
        _create(name)
        _refuse_owner(name)
        if password:
            statement = sql.SQL("ALTER ROLE {role} PASSWORD {password}").format(
                role=role, password=sql.Literal(password)
            )
            cursor.execute(statement.as_string(connection.connection))
        cursor.execute(_IGNORE)
        for grant in _GRANTS:
            cursor.execute(sql.SQL(grant).format(role=role).as_string(connection.connection))


def _create(name: str) -> None:
    """Roles belong to the whole server: another database's site, or another test run, may make the same one at this moment."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name])
        if cursor.fetchone():
            return
        statement = sql.SQL("CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE").format(
            role=sql.Identifier(name)
        )
        try:
            with transaction.atomic():
                cursor.execute(statement.as_string(connection.connection))
        except Exception as error:
            if not isinstance(error.__cause__, DuplicateObject):
                raise


def _refuse_owner(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper OR rolcreaterole OR pg_has_role(rolname, (SELECT relowner FROM pg_class"
            " WHERE oid = 'public.payments_entry'::regclass), 'MEMBER') FROM pg_roles WHERE rolname = %s",
            [name],
        )
        if cursor.fetchone() != (False,):
            raise BadRole(f"{name} owns the tables, or may become their owner: the site runs as a role that may not.")
