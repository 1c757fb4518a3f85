"""Gates: files for readers whose request was approved; card and metadata stay open to all."""
