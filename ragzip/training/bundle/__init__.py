"""Training on a machine without a network: what goes there, what runs there, and what comes back."""
