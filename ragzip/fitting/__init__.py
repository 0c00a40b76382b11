"""From scores and a budget to a choice, exact to the token."""
