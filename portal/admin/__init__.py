"""Pages of those who run the portal."""
