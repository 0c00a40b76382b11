"""In LangChain: a contextual-compression retriever, and a runnable in a chain."""

from pathlib import Path

from langchain_classic.retrievers import ContextualCompressionRetriever
from langchain_core.documents import Document
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda, RunnablePassthrough

from ragzip.files.documents import read_documents
from ragzip.langchain import RagzipCompressor, as_runnable
from ragzip.retrievers.bm25 import BM25Retriever

index = BM25Retriever(read_documents([Path(__file__).parent / "corpus"]))


class Passages(BaseRetriever):
    """ragzip's BM25 index as a LangChain retriever; any other retriever works the same."""

    def _get_relevant_documents(self, query, *, run_manager):
        return [
            Document(page_content=passage.text, metadata=dict(passage.metadata), id=passage.id)
            for passage in index.retrieve(query, k=5)
        ]


question = "Where was Chopin's funeral held?"
retriever = ContextualCompressionRetriever(
    base_compressor=RagzipCompressor(target_tokens=80, cache=False), base_retriever=Passages()
)
for document in retriever.invoke(question):
    print(document.id, document.metadata["ragzip"]["spans"], document.page_content)

prompt = ChatPromptTemplate.from_template("Answer from the context.\n\n{context}\n\nQuestion: {question}")
chain = (
    RunnablePassthrough.assign(documents=lambda value: Passages().invoke(value["question"]))
    | as_runnable(target_tokens=80, cache=False)
    | RunnablePassthrough.assign(context=lambda value: "\n\n".join(d.page_content for d in value["documents"]))
    | prompt
    | RunnableLambda(lambda value: value.to_string())  # a chat model goes here
)
print()
print(chain.invoke({"question": question}))
