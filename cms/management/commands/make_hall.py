"""`manage.py make_hall 430426 --editor official@daylily.example`: prepares a county's brand hall and names its editors."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from cms.halls import NotACounty, make_hall
from cms.permissions import NotAnOfficial, appoint_editor
from stations.models import Region
from stations.models.region import UnknownRegion


class Command(BaseCommand):
    help = "Prepare a county's brand hall in both languages, and let officials of the county edit it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("county", help="the county's code, such as 430426")
        parser.add_argument("--title", default="", help="title in Chinese")
        parser.add_argument("--title-en", default="", help="title in English")
        parser.add_argument(
            "--editor", action="append", default=[], help="e-mail of an official of the county; may be repeated"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            county = Region.objects.find(options["county"])
            hall = make_hall(county=county, title=options["title"], title_en=options["title_en"])
            for email in options["editor"]:
                appoint_editor(user=User.objects.get(email=email), county=county)
        except UnknownRegion as error:
            raise CommandError(f"No region has the code {error}.") from error
        except NotACounty as error:
            raise CommandError(f"{error} is not the code of a county.") from error
        except (User.DoesNotExist, NotAnOfficial) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{hall.zh.title} /halls/{hall.zh.slug}/")
