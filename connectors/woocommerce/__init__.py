"""WooCommerce: orders by webhook, status and stock by REST v3."""
