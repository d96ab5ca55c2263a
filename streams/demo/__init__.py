"""`tandem demo`: real order files played through the shop, M3 and Heartland sandboxes."""
