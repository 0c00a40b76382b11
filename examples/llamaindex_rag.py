"""In LlamaIndex: a postprocessor between any retriever and the response, here with a mock model."""

from pathlib import Path

from llama_index.core import get_response_synthesizer
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, TextNode

from ragzip import read_documents
from ragzip.integrations.llamaindex import RagzipPostprocessor
from ragzip.retrievers import BM25Retriever

index = BM25Retriever(read_documents([Path(__file__).parent / "corpus"]))


class Passages(BaseRetriever):
    """ragzip's BM25 index as a LlamaIndex retriever; any other retriever works the same."""

    def _retrieve(self, query_bundle):
        return [
            NodeWithScore(node=TextNode(id_=passage.id, text=passage.text), score=passage.score)
            for passage in index.retrieve(query_bundle.query_str, k=5)
        ]


engine = RetrieverQueryEngine(
    retriever=Passages(),
    node_postprocessors=[RagzipPostprocessor(target_tokens=80, cache=False)],
    response_synthesizer=get_response_synthesizer(llm=MockLLM()),  # an LLM goes here; this one repeats its prompt
)
response = engine.query("Where was Chopin's funeral held?")
for source in response.source_nodes:
    print(source.node.node_id, source.node.metadata["ragzip"]["spans"])
print()
print(response)
