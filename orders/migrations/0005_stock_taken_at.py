from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("orders", "0004_cash_received_by")]

    operations = [
        migrations.AddField(
            model_name="consignment",
            name="stock_taken_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
