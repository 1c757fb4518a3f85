"""What can be done about conflicts and with runs."""
