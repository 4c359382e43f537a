"""A progress bar in the terminal; a line at the end where there is none."""

import sys
import time


class Bar:
    """So many steps of one thing; used with `with`."""

    def __init__(self, title: str, steps: int) -> None:
        self.title, self.steps, self.done, self.began = title, max(steps, 1), 0, time.monotonic()

    def __enter__(self) -> "Bar":
        return self

    def step(self, what: str, *, by: int = 1) -> None:
        """So many steps more; `what` was done last."""
        self.done += by
        if sys.stdout.isatty():
            filled = 24 * self.done // self.steps
            sys.stdout.write(f"\r  {self.title:22} [{'#' * filled:24}] {self.done}/{self.steps}  {what[:24]:24}")
            sys.stdout.flush()

    def __exit__(self, *error: object) -> None:
        end = "\r" if sys.stdout.isatty() else ""
        sys.stdout.write(f"{end}  {self.title:22} {self.done} in {time.monotonic() - self.began:.0f} s{' ' * 40}\n")
