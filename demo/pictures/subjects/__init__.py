"""The subjects that can be drawn, by name."""

from demo.pictures.kit import Subject
from demo.pictures.subjects import craft, daylily, field, forest, nuts, olive, orchard, pepper, roots, tea

SUBJECTS: dict[str, Subject] = {
    "daylily": daylily.SUBJECT,
    "sichuan_pepper": pepper.SUBJECT,
    "white_tea": tea.WHITE_TEA,
    "black_tea": tea.BLACK_TEA,
    "walnut": nuts.WALNUT,
    "peanut": nuts.PEANUT,
    "ginger": roots.GINGER_ROOT,
    "potato": roots.POTATOES,
    "sweet_potato": roots.SWEET_POTATO,
    "konjac": roots.KONJAC_CORM,
    "codonopsis": roots.DANGSHEN_ROOT,
    "lily_bulb": field.LILY_BULB,
    "rice": field.RICE,
    "chili": field.CHILI,
    "bamboo_shoot": field.BAMBOO_SHOOT,
    "soybean": field.SOYA,
    "mushroom": forest.MUSHROOM,
    "wood_ear": forest.WOOD_EAR,
    "camellia_oil": forest.CAMELLIA_OIL,
    "honey": forest.HONEY_POT,
    "egg": forest.EGGS,
    "cured_meat": forest.CURED_MEAT,
    "olive": olive.SUBJECT,
    "apple": orchard.APPLE,
    "orange": orchard.ORANGE,
    "kiwi": orchard.KIWI,
    "brocade": craft.BROCADE,
    "farm_stay": craft.FARM_STAY,
    "seed_packet": craft.SEED_PACKET,
    "hoe": craft.HOE,
    "washing_powder": craft.WASHING_POWDER,
    "thermos": craft.THERMOS,
}
