"""The pages of the delivery desk."""
