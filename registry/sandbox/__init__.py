"""The sandbox: runs a stranger's program so that nothing but its output comes out."""
