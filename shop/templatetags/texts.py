"""`{% translate %}` of a fixed text, made quick: a page has some forty of them, and each is looked up once a language and process."""

from django import template
from django.template.base import FilterExpression, Node, Parser, Token, Variable
from django.template.context import Context
from django.templatetags.i18n import TranslateNode, do_translate
from django.utils.translation import get_language

register = template.Library()


class FixedText(Node):
    """A text that depends on the language alone, kept by language from its first use on."""

    def __init__(self, node: TranslateNode) -> None:
        self.node = node
        self.kept: dict[str | None, str] = {}

    def render(self, context: Context) -> str:
        """The text in the language of the page."""
        language = get_language()
        text = self.kept.get(language)
        if text is None:
            text = self.kept[language] = self.node.render(context)
        return text


@register.tag
def translate(parser: Parser, token: Token) -> Node:
    """Django's own tag; a fixed text without `as`, `context` or a filter is kept."""
    node: TranslateNode = do_translate(parser, token)
    said = node.filter_expression
    fixed = isinstance(said, FilterExpression) and isinstance(said.var, Variable) and isinstance(said.var.literal, str)
    if not fixed or said.filters or node.asvar or node.message_context or node.noop:
        return node
    return FixedText(node)
