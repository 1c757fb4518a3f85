"""Reading the pool: what everybody may see (``public``), what the people concerned see (``pool``, ``dossier``)."""
