"""`python -m torture.prepare`: an own database with tables, regions and goods that nobody can buy up. What is there already stays."""

import django


def main() -> None:
    """Run the steps."""
    django.setup()
    from django.core.management import call_command

    from bench import data
    from local.servers import RUN_ROLE

    call_command("migrate", verbosity=0)
    call_command("import_regions", verbosity=0)
    call_command("grant_run_role", RUN_ROLE)
    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("messages", "--compile")
    data.provide()


if __name__ == "__main__":
    main()
