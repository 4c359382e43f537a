# The index of sales answers what is in season without reading the goods.

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0006_season_has_both_months'),
        ('pictures', '0001_initial'),
        ('sellers', '0003_openings'),
        ('stations', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='product',
            name='product_by_sales',
        ),
        migrations.AddIndex(
            model_name='product',
            index=models.Index(condition=models.Q(('status', 'listed'), ('store_open', True)), fields=['-sold_units', '-id'], include=('season_from', 'season_to', 'in_stock'), name='product_by_sales'),
        ),
    ]
