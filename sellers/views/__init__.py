"""The desk's pages of stores: lists and decisions, the screens of an opening, papers."""
