"""The output of kept text: the layout of a prompt, notes, a picture of what was left out."""
