"""What `make start`, `make test` and `make reset` run on a machine of one's own. Nothing here runs in production."""
