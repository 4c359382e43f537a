"""Pages of after-sales: the buyer's, the desk's and the farmer's."""
