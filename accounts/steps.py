"""The work of a periodic job step by step: one step that fails stops no other."""

import logging
from collections.abc import Callable

logger = logging.getLogger("daylily.jobs")


def do_all(*steps: Callable[[], object]) -> None:
    """Runs every step, then raises ExceptionGroup if some failed: seen in the log and as the failed job."""
    failed = []
    for step in steps:
        try:
            step()
        except Exception as error:
            logger.exception("%s failed.", step)
            failed.append(error)
    if failed:
        raise ExceptionGroup("The work is not complete.", failed)
