"""`manage.py messages`: keep the message catalogues."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from shop import catalogues


class Command(BaseCommand):
    """Extract, fill, compile and check the catalogues of both languages."""

    help = "Without an option: extract all messages into locale/. Needs no gettext programs."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One of the options at a time; `--borrow` goes with `--add`."""
        parser.add_argument(
            "--add", type=Path, metavar="FILE", help='JSON: {"English": "中文"}; a plural as {"singular": ["中文"]}'
        )
        parser.add_argument(
            "--borrow",
            action="store_true",
            help="with --add: the messages are another package's, give them our Chinese",
        )
        parser.add_argument("--compile", action="store_true", help="write the .mo files that are missing or old")
        parser.add_argument("--check", action="store_true", help="fail when a catalogue is incomplete or wrong")
        parser.add_argument("--prune", action="store_true", help="drop messages that no source has any more")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run what the options ask for."""
        root = Path(settings.BASE_DIR)
        if options["compile"]:
            for path in catalogues.compile_all(root):
                self.stdout.write(f"Compiled {path.relative_to(root)}")
        elif options["check"]:
            self._check(root)
        else:
            self._update(root, options)

    def _check(self, root: Path) -> None:
        found = catalogues.problems(root)
        if found:
            raise CommandError("The message catalogues are not complete:\n" + "\n".join(found))
        self.stdout.write("The message catalogues are complete.")

    def _update(self, root: Path, options: dict[str, Any]) -> None:
        try:
            translations = catalogues.read_translations(options["add"]) if options["add"] else {}
        except catalogues.WrongTranslations as problem:
            raise CommandError(str(problem)) from problem
        if options["borrow"]:
            catalogues.borrow(root, sorted(translations))
        done = catalogues.update(root, translations=translations, prune=options["prune"])
        catalogues.compile_all(root)
        for name, reason in done.unreadable.items():
            self.stderr.write(f"Left as it was, can't be read: {name}: {reason}")
        for key in done.untranslated:
            self.stdout.write(f"No Chinese yet: {key!r}")
        self.stdout.write(f"{done.messages} messages, {len(done.untranslated)} without Chinese.")
        if done.unknown:
            raise CommandError(
                "In no source, not added (--borrow takes another package's message):\n"
                + "\n".join(map(repr, done.unknown))
            )
