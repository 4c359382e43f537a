"""The cart's cookie; what is done with a cart follows here."""

CART_COOKIE = "daylily_cart"
