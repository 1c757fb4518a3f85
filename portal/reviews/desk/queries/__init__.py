"""Reading rounds for pages: lists, tables, counts; each carries the condition of the policy it stands for."""
