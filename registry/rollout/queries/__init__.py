"""Reading nodes, bundles and receipts, and gathering what a bundle is made of."""
