"""Previews: what a page may show of a file, made once per content by a reader in a jail."""
