"""What is measured of a compressed prompt and of the answers to it."""
