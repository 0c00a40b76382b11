"""Token classification and its kin: a subset of the words."""
