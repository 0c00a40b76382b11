"""ragzip in LangChain: documents of retrievers, steps of chains, agents. The public path is :mod:`ragzip.langchain`."""
