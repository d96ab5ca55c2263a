"""A simulator of Infor M3 behind ION, shipped with the product."""
