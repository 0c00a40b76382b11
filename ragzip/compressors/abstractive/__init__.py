"""Methods that write the text again."""
