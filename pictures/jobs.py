"""Jobs of pictures: the sizes and formats that pages show, and what was left behind."""

import datetime as dt
import logging

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from pictures.encoding import PictureRefused, glance_at, read_picture
from pictures.models import Picture

logger = logging.getLogger("daylily.pictures")

# A full disk is cleared within hours; after about a day of tries the sweep comes back to the picture.
TRIES = RetryStrategy(max_attempts=7, exponential_wait=4)
LEFT_AFTER = dt.timedelta(minutes=10)
AT_MOST = 200


@app.task(name="pictures.make_renditions", retry=TRIES)
def make_renditions(picture_id: int) -> None:
    """Makes what the pages show of a picture; one that has it, or is gone, is left alone."""
    picture = Picture.objects.waiting().filter(pk=picture_id).first()
    if picture is not None:
        picture.make_renditions()


@app.periodic(cron="*/10 * * * *")
@app.task(name="pictures.sweep", queueing_lock="pictures.sweep")
def sweep(timestamp: int = 0) -> None:
    """Queues the pictures that were left without renditions, and finds the fingerprints that older pictures lack."""
    queue_left_pictures()
    find_missing_likenesses()


def queue_left_pictures() -> int:
    """Queues, once each, the pictures that wait although no job of theirs does; returns how many."""
    left = list(
        Picture.objects.waiting()
        .filter(created_at__lt=timezone.now() - LEFT_AFTER)
        .order_by("pk")
        .values_list("pk", flat=True)[:AT_MOST]
    )
    jobs = ProcrastinateJob.objects.filter(task_name=make_renditions.name, status__in=("todo", "doing"))
    asked = set(jobs.filter(args__picture_id__in=left).values_list("args__picture_id", flat=True))
    for picture_id in left:
        if picture_id not in asked:
            make_renditions.defer(picture_id=picture_id)
    return len(set(left) - asked)


def find_missing_likenesses() -> int:
    """Fingerprints for pictures that were taken in before there were any; returns how many got theirs."""
    found = 0
    for picture in Picture.objects.filter(likeness=None).exclude(file="").order_by("-pk")[:AT_MOST]:
        try:
            with picture.open_file() as file:
                likeness = glance_at(read_picture(file)).likeness
        except (OSError, PictureRefused):
            logger.warning("The original of picture %s can't be read.", picture.pk)
            continue
        found += Picture.objects.filter(pk=picture.pk, likeness=None).update(likeness=likeness)
    return found
