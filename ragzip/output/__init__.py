"""How what is kept is written: the layout of a prompt, notes, a picture of what was left out."""
