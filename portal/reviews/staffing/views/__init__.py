"""Pages of conflicts and staffing."""
