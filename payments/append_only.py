"""Append-only tables: PostgreSQL itself refuses to change, delete or truncate their rows."""

import pgtrigger


def append_only(*, emptied: str = "") -> list[pgtrigger.Trigger]:
    """The triggers of a model whose rows are facts; a text named by `emptied` may become empty, when its writer is forgotten."""
    fixed = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
    if emptied:
        kept = (f"(to_jsonb({row}) - '{emptied}')" for row in ("NEW", "OLD"))
        other = f"({' IS DISTINCT FROM '.join(kept)} OR NEW.{emptied} <> '')"
        fixed = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update, condition=pgtrigger.Condition(other)),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]
    return [
        *fixed,
        pgtrigger.Trigger(
            name="never_truncated",
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            func="RAISE EXCEPTION '% is append-only.', TG_TABLE_NAME USING ERRCODE = 'check_violation';",
        ),
    ]
