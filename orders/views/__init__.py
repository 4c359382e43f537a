"""The pages of orders, by journey."""
