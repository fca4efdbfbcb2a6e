"""What is measured on the machine."""
