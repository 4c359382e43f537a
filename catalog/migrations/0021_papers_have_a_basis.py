"""From now on a county's brand rests on its permission, and an accepted certificate says when it was accepted."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0020_papers_that_are_there")]
    operations = [
        migrations.AddConstraint(
            model_name="certificate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "geographical"), ("permission__isnull", False)),
                    models.Q(models.Q(("kind", "geographical"), _negated=True), ("permission", None)),
                    _connector="OR",
                ),
                name="a_county_brand_rests_on_its_permission",
            ),
        ),
        migrations.AddConstraint(
            model_name="certificate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "accepted"), _negated=True), ("accepted_at__isnull", False), _connector="OR"
                ),
                name="an_accepted_certificate_says_when",
            ),
        ),
    ]
