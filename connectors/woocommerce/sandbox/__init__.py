"""A simulator of a WooCommerce shop, shipped with the product."""
