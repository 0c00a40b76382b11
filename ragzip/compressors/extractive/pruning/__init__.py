"""What the pruner says of sentences: evidence, fused into probabilities, and other languages than its own."""
