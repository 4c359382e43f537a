"""Questions about weight: goods that turned out much lighter than ordered wait for their buyer's word."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models.order import OrderLine


class WeightAnswer(models.TextChoices):
    """What the buyer says."""

    TAKE = "take", _("send it, and the rest of the money back")
    CANCEL = "cancel", _("not at all, and all of the money back")


class WeightQuestion(models.Model):
    """One line that weighed too little: what it comes to by its weight (`due_fen`), and what its buyer said until when."""

    line = models.OneToOneField(OrderLine, on_delete=models.PROTECT, related_name="weight_question")
    due_fen = models.BigIntegerField()
    asked_at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField()
    answer = models.CharField(max_length=8, choices=WeightAnswer, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("question about weight")
        verbose_name_plural = _("questions about weight")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None) | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="weight_answer_has_its_time",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=("until",), condition=Q(answer=""), name="weight_question_open")]

    def __str__(self) -> str:
        return str(self.line)
