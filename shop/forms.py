"""How every form of ours is set: label, hint, errors and widget, tied together for screen readers."""

from django.forms.renderers import TemplatesSetting


class DaylilyRenderer(TemplatesSetting):
    """Renders `{{ form }}` with an error summary on top and each field as one block (templates/forms/)."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"
    formset_template_name = "forms/formset.html"
