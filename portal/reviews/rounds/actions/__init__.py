"""What can be done with rounds."""
