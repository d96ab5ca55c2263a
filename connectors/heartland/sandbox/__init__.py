"""A simulator of GP API, shipped with the product."""
