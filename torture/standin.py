"""`python -m torture.standin`: the stand-in for Stripe as it always starts, with places to die before and after what it does."""

import sys
from typing import Any

from demo.stripe import __main__ as standin
from demo.stripe import api, hosted, server, webhooks
from torture.points import meet


def _dying(kind: str, work: Any) -> Any:
    def wrapped(*call: Any, **more: Any) -> Any:
        meet(f"before-{kind}")
        done = work(*call, **more)
        meet(f"after-{kind}")
        return done

    return wrapped


def main() -> int:
    """Lay the hooks and start it."""
    server.api.answer = _dying("api", api.answer)  # type: ignore[attr-defined]
    server.hosted.answer = _dying("page", hosted.answer)  # type: ignore[attr-defined]
    webhooks.Deliverer._post = _dying("webhook", webhooks.Deliverer._post)  # type: ignore[method-assign]
    return standin.main()


if __name__ == "__main__":
    sys.exit(main())
