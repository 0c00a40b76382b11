"""What a sentence needs of others to be true and understood: exceptions, conditions, notices, what is taken back."""
