"""How the web server is started, on every machine that is not production (there the image's own command line says it)."""


def granian(port: int, *options: str) -> list[str]:
    """The arguments after the interpreter: granian on this machine's loopback, as for production but for `options`."""
    return [
        "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), *options, "shop.wsgi:application",
    ]  # fmt: skip
