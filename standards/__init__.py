"""Standards drafting (标准研制): reserved for its issue; the frame already keeps its place in the layers."""
