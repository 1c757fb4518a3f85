"""The node tool: verifies, installs and runs what the portal rolls out, without network and without database."""
