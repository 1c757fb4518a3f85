"""Standards drafting (标准研制): the domain package its issue fills; the frame already reserves its place in the layers."""
