"""Django finds its backend by this module's name (settings.DATABASES)."""

import select
from typing import Any

from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus

_ServerBindingCursor: Any = base.ServerBindingCursor


class _ReadingCursor(_ServerBindingCursor):
    """A cursor for statements that read and are kept prepared."""

    # In a request of somebody signed in, pghistory puts a statement before any that doesn't begin with SELECT ("WITH ..."), to say who
    # changes what; two statements can't be prepared. Cursors with a name it leaves alone: they read, as this one does.
    name = "prepared"


class DatabaseWrapper(base.DatabaseWrapper):
    """As Django's, with cursors for statements that are kept prepared. A kept connection is looked at, not asked whether it stands: a
    statement a request is a twentieth of a page's work.
    """

    connection: Any

    def is_usable(self) -> bool:
        """Whether a statement would be taken: not within a transaction that failed, nor when the server has closed the connection or
        has said anything since its last answer: then it is ending it (a restart, an administrator's command). A server that vanished
        without a word is found out by the next statement, as it was by SELECT 1.
        """
        if self.connection is None or self.connection.closed:
            return False
        if self.connection.info.transaction_status in {TransactionStatus.INERROR, TransactionStatus.UNKNOWN}:
            return False
        poll = select.poll()
        poll.register(self.connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
        return not poll.poll(0)

    def prepared_cursor(self) -> Any:
        """A cursor whose statements psycopg keeps prepared on this connection (OPTIONS: prepare_threshold), with their parameters
        beside them; in all else as cursor() gives it: counted, wrapped, on a connection that stands.
        """
        self.close_if_health_check_failed()
        self.ensure_connection()
        return self._prepare_cursor(_ReadingCursor(self.connection))  # type: ignore[attr-defined] # the stubs leave it out
