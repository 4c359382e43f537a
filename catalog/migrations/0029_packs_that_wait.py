# A new pack that waits has a kind of its own; until now it was a price without one before it.

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0028_best_sellers_marked'),
        ('sellers', '0018_reminders_of_licences'),
        ('stations', '0005_sheets_with_pictures'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='review',
            name='a_price_is_that_of_a_pack',
        ),
        migrations.AlterField(
            model_name='review',
            name='kind',
            field=models.CharField(choices=[('new', 'new goods'), ('change', 'change of the description'), ('price', 'price beyond the band'), ('pack', 'new pack beyond the band'), ('certificate', 'certificate')], max_length=12, verbose_name='what waits'),
        ),
        migrations.AlterField(
            model_name='reviewevent',
            name='kind',
            field=models.CharField(choices=[('new', 'new goods'), ('change', 'change of the description'), ('price', 'price beyond the band'), ('pack', 'new pack beyond the band'), ('certificate', 'certificate')], max_length=12, verbose_name='what waits'),
        ),
        migrations.RunSQL(
            "UPDATE catalog_review SET kind = 'pack' WHERE kind = 'price' AND NOT before ? 'price_fen'",
            "UPDATE catalog_review SET kind = 'price' WHERE kind = 'pack'",
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ('price', 'pack')), ('variant__isnull', False)), models.Q(models.Q(('kind__in', ('price', 'pack')), _negated=True), ('variant', None)), _connector='OR'), name='a_price_is_that_of_a_pack'),
        ),
    ]
