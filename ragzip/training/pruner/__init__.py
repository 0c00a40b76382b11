"""The recipe of the shipped pruner: readers, labels, mixture, model, loop, evaluation, export and card."""
