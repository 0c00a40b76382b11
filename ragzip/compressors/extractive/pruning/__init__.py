"""The evidence of the pruner for sentences, fused into probabilities, and other languages than its own."""
