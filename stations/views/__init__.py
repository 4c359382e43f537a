"""The pages of stations and of the people who serve there."""
