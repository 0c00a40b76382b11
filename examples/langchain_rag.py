"""In LangChain: a contextual-compression retriever, and a runnable in a chain."""

from pathlib import Path

from langchain_classic.retrievers import ContextualCompressionRetriever
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda, RunnablePassthrough

from ragzip import read_documents
from ragzip.langchain import RagzipCompressor, RagzipRetriever, as_runnable
from ragzip.retrievers import BM25Retriever

index = BM25Retriever(read_documents([Path(__file__).parent / "corpus"]))
passages = RagzipRetriever(retriever=index, k=3)  # any other retriever works the same

question = "Where was Chopin's funeral held?"
retriever = ContextualCompressionRetriever(
    base_compressor=RagzipCompressor(target_tokens=80, cache=False), base_retriever=passages
)
for document in retriever.invoke(question):
    print(document.id, document.metadata["ragzip"]["spans"], document.page_content)

prompt = ChatPromptTemplate.from_template("Answer from the context.\n\n{context}\n\nQuestion: {question}")
chain = (
    RunnablePassthrough.assign(documents=lambda value: passages.invoke(value["question"]))
    | as_runnable(target_tokens=80, cache=False)
    | RunnablePassthrough.assign(context=lambda value: "\n\n".join(d.page_content for d in value["documents"]))
    | prompt
    | RunnableLambda(lambda value: value.to_string())  # a chat model goes here
)
print()
print(chain.invoke({"question": question}))
