"""The subjects that can be drawn, by name."""

from demo.pictures.kit import Subject
from demo.pictures.subjects import daylily, olive, orchard, pepper, tea

SUBJECTS: dict[str, Subject] = {
    "daylily": daylily.SUBJECT,
    "sichuan_pepper": pepper.SUBJECT,
    "white_tea": tea.WHITE_TEA,
    "black_tea": tea.BLACK_TEA,
    "olive": olive.SUBJECT,
    "apple": orchard.APPLE,
    "orange": orchard.ORANGE,
    "kiwi": orchard.KIWI,
}
