"""Needs of sentences: the others that one needs to be true and understood, such as exceptions, conditions, notices and
corrections.
"""
