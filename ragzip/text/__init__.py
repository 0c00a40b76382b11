"""What text is: words, sentences, spans, tokens, languages, patterns."""
