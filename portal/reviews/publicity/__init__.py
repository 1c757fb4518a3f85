"""Public notices: something is shown to everybody for some working days, and members may object by name."""
