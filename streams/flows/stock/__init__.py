"""Stock: one key an item in a warehouse, where all claims and all figures of it meet."""
