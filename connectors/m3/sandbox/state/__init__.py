"""What the simulated company keeps: customers, items, orders, deliveries, invoices, payments."""
