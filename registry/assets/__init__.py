"""Assets (成果): what is shared, under a namespace and a name."""
