"""Other words for the same goods: what one province calls 红薯 is 地瓜 or 山芋 in the next, and 'sweet potato' to a guest.

Goods are indexed under all words of a group as soon as one of them stands in their name, so a search costs nothing more for it.
A category has aliases of its own (Category.aliases), which offices keep; these are the language's.
"""

from collections.abc import Iterable

from catalog.words import plain

# A word that is part of another good's name has no place here: 茶 would make a tea of 茶油. '<' stands before a kind of the thing: goods
# of that name are called the others too, and not the other way round (槐花蜜 is a honey, and not each honey is 槐花蜜).
GROUPS: tuple[tuple[str, ...], ...] = (
    ("黄花菜", "金针菜", "金针花", "忘忧草", "萱草", "daylily", "day lily", "lily buds", "golden needles"),
    ("红薯", "地瓜", "番薯", "甘薯", "山芋", "白薯", "红苕", "sweet potato"),
    ("洋芋", "土豆", "马铃薯", "山药蛋", "potato"),
    ("花生", "落花生", "长生果", "peanut", "groundnut"),
    ("番茄", "西红柿", "蕃茄", "洋柿子", "tomato"),
    ("玉米", "苞谷", "包谷", "苞米", "棒子", "corn", "maize"),
    ("辣椒", "海椒", "辣子", "chilli", "chili", "hot pepper", "<朝天椒", "<线椒"),
    ("香菇", "香蕈", "shiitake", "<冬菇", "<花菇"),
    ("木耳", "黑木耳", "云耳", "wood ear", "black fungus"),
    ("魔芋", "蒟蒻", "konjac"),
    ("猕猴桃", "奇异果", "kiwi", "kiwifruit"),
    ("蜜橘", "橘子", "桔子", "蜜桔", "柑橘", "mandarin", "tangerine", "orange"),
    ("核桃", "胡桃", "walnut"),
    ("苹果", "apple"),
    ("板栗", "栗子", "毛栗", "chestnut"),
    ("红枣", "大枣", "脆枣", "枣子", "jujube", "red dates"),
    ("茶油", "茶籽油", "油茶籽油", "camellia oil", "tea seed oil", "tea oil"),
    ("花椒", "川椒", "秦椒", "蜀椒", "sichuan pepper", "szechuan pepper", "sichuan peppercorn"),
    ("黄豆", "大豆", "soybean", "soya bean"),
    ("豌豆", "麦豌豆", "pea"),
    ("糯米", "江米", "酒米", "sticky rice", "glutinous rice"),
    ("大米", "稻米", "rice", "<新米", "<田米"),
    ("小米", "粟米", "millet"),
    ("荞麦", "三角麦", "buckwheat"),
    ("腊肉", "熏肉", "烟熏肉", "smoked pork", "bacon", "cured pork"),
    ("香肠", "腊肠", "sausage"),
    ("鸡蛋", "柴鸡蛋", "笨鸡蛋", "草鸡蛋", "土鸡蛋", "egg"),
    ("鸭蛋", "咸蛋", "盐蛋", "duck egg"),
    ("蜂蜜", "土蜂蜜", "蜜糖", "honey", "<百花蜜", "<花蜜", "<荆条蜜", "<冬蜜", "<蜂巢蜜", "<崖蜜"),
    ("槐花", "洋槐", "刺槐", "acacia"),
    ("笋", "竹笋", "bamboo shoot", "<玉兰片"),
    ("干笋", "笋干"),
    ("姜", "生姜", "鲜姜", "ginger"),
    ("仔姜", "子姜", "嫩姜", "young ginger"),
    ("姜片", "干姜"),
    ("酒酿", "醪糟", "米酒", "甜酒", "rice wine"),
    ("豆豉", "豆鼓", "fermented beans", "black bean"),
    ("剁辣椒", "剁椒", "chopped chilli"),
    ("百合", "lily bulb"),
    ("当归", "angelica"),
    ("党参", "codonopsis", "dangshen"),
    ("黄芪", "北芪", "astragalus"),
    ("莲子", "莲米", "lotus seed"),
    ("粉条", "粉丝", "苕粉", "starch noodles", "vermicelli"),
    ("萝卜干", "萝卜条", "dried radish"),
    ("豆角", "豇豆", "长豆角", "cowpea", "long bean"),
    ("豆腐乳", "腐乳", "霉豆腐", "fermented tofu"),
    ("洗衣粉", "washing powder", "detergent", "laundry powder"),
    ("保温瓶", "暖瓶", "热水瓶", "暖水瓶", "开水瓶", "暖壶", "thermos", "vacuum flask"),
    ("锄", "锄头", "hoe"),
    ("种子", "菜种", "seed"),
    ("织锦", "土家锦", "brocade", "<西兰卡普"),
    ("礼盒", "送礼", "礼品", "礼物", "伴手礼", "手信", "gift", "present"),
    ("壁挂", "挂毯", "挂画", "wall hanging", "tapestry"),
)  # fmt: skip


def also_called(names: Iterable[str]) -> list[str]:
    """The other words of every group that has a Chinese word in one of `names` (each of our goods has a Chinese name)."""
    text = " ".join(plain(name) for name in names)
    found: dict[str, None] = {}
    for words, said in _GROUPS:
        if any(word in text for word in said):
            found.update(dict.fromkeys(word for word in words if word not in text))
    return list(found)


# What a group adds, and the Chinese words that call for it.
_GROUPS = [
    ([word for word in group if word[0] != "<"], [word.lstrip("<") for word in group if not word.isascii()])
    for group in GROUPS
]
