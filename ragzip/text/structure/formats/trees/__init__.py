"""Trees of values, which JSON, XML and YAML share: their units, and the form in which kept ones are written."""
