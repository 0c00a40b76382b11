"""The recipe of every shipped weight."""
