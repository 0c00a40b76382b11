"""Training on a machine without a network: the files that go there, the commands that run there, and the files that
come back.
"""
