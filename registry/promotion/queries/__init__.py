"""Reading promotions and gathering what gates judge."""
