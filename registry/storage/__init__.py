"""Files at scale: uploads in parts, what takes room, keeping the store clean and sound."""
