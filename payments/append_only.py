"""Append-only tables: PostgreSQL itself refuses to change, delete or truncate their rows."""

import pgtrigger


def append_only() -> list[pgtrigger.Trigger]:
    """The triggers of a model whose rows are facts."""
    return [
        pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        pgtrigger.Trigger(
            name="never_truncated",
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            func="RAISE EXCEPTION '% is append-only.', TG_TABLE_NAME USING ERRCODE = 'check_violation';",
        ),
    ]
