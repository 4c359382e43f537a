# The best sellers carry marks in their search vectors (catalog.models.sales_marks) (0030 marks those that are there).

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0027_items_in_english'),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name='product',
            trigger=pgtrigger.compiler.Trigger(name='sales_marked_new', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW.search IS NOT NULL)', func="\nNEW.search := ts_delete(NEW.search, ARRAY['^1', '^2', '^3', '^4', '^5', '^6', '^7', '^8', '^9', '^10', '^11', '^12', '^13', '^14', '^15', '^16', '^17', '^18', '^19', '^20', '^21', '^22', '^23', '^24', '^25', '^26', '^27', '^28', '^29', '^30']) || array_to_tsvector(\n    ARRAY(SELECT '^' || k FROM generate_series(1, width_bucket(NEW.sold_units, ARRAY[2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072, 262144, 524288, 1048576, 2097152, 4194304, 8388608, 16777216, 33554432, 67108864, 134217728, 268435456, 536870912, 1073741824])) AS k)\n);\nRETURN NEW;\n", hash='b7c08dc438efce02bf43597fe47abe47e661d518', operation='INSERT', pgid='pgtrigger_sales_marked_new_e5ae0', table='catalog_product', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='product',
            trigger=pgtrigger.compiler.Trigger(name='sales_marked_text', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW.search IS NOT NULL)', func="\nNEW.search := ts_delete(NEW.search, ARRAY['^1', '^2', '^3', '^4', '^5', '^6', '^7', '^8', '^9', '^10', '^11', '^12', '^13', '^14', '^15', '^16', '^17', '^18', '^19', '^20', '^21', '^22', '^23', '^24', '^25', '^26', '^27', '^28', '^29', '^30']) || array_to_tsvector(\n    ARRAY(SELECT '^' || k FROM generate_series(1, width_bucket(NEW.sold_units, ARRAY[2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072, 262144, 524288, 1048576, 2097152, 4194304, 8388608, 16777216, 33554432, 67108864, 134217728, 268435456, 536870912, 1073741824])) AS k)\n);\nRETURN NEW;\n", hash='e1f3fa2de4247435ef4542e0934f4abde89e4c11', operation='UPDATE OF "search"', pgid='pgtrigger_sales_marked_text_97eb6', table='catalog_product', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='product',
            trigger=pgtrigger.compiler.Trigger(name='sales_marked_sold', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW.search IS NOT NULL AND width_bucket(NEW.sold_units, ARRAY[2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072, 262144, 524288, 1048576, 2097152, 4194304, 8388608, 16777216, 33554432, 67108864, 134217728, 268435456, 536870912, 1073741824]) <> width_bucket(OLD.sold_units, ARRAY[2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072, 262144, 524288, 1048576, 2097152, 4194304, 8388608, 16777216, 33554432, 67108864, 134217728, 268435456, 536870912, 1073741824]))', func="\nNEW.search := ts_delete(NEW.search, ARRAY['^1', '^2', '^3', '^4', '^5', '^6', '^7', '^8', '^9', '^10', '^11', '^12', '^13', '^14', '^15', '^16', '^17', '^18', '^19', '^20', '^21', '^22', '^23', '^24', '^25', '^26', '^27', '^28', '^29', '^30']) || array_to_tsvector(\n    ARRAY(SELECT '^' || k FROM generate_series(1, width_bucket(NEW.sold_units, ARRAY[2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072, 262144, 524288, 1048576, 2097152, 4194304, 8388608, 16777216, 33554432, 67108864, 134217728, 268435456, 536870912, 1073741824])) AS k)\n);\nRETURN NEW;\n", hash='6f92e18c1a4e9ea369207ff3dd05e81bc04abaff', operation='UPDATE OF "sold_units"', pgid='pgtrigger_sales_marked_sold_7f85a', table='catalog_product', when='BEFORE')),
        ),
    ]
