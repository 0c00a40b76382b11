"""Text in parts: words, sentences, spans, tokens; its language and its patterns."""
