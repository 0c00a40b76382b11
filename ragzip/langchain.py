"""Adapters to LangChain, at their public path."""

from ragzip.integrations.langchain import *  # noqa: F403
