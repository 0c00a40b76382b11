"""In Haystack: a component between a retriever and the prompt, in a pipeline that is written as YAML and read again."""

import os
from pathlib import Path

os.environ.setdefault("HAYSTACK_TELEMETRY_ENABLED", "False")

from haystack import Document, Pipeline
from haystack.components.builders import PromptBuilder
from haystack.components.retrievers.in_memory import InMemoryBM25Retriever
from haystack.document_stores.in_memory import InMemoryDocumentStore

from haystack_integrations.components.compressors.ragzip import RagzipDocumentCompressor

store = InMemoryDocumentStore()
store.write_documents(
    [
        Document(content=paragraph, meta={"title": path.stem})
        for path in sorted((Path(__file__).parent / "corpus").glob("*.md"))
        for paragraph in path.read_text("utf-8").split("\n\n")[1:]
    ]
)
template = """Answer from the context.
{% for document in documents %}
{{ document.content }}
{% endfor %}
Question: {{ query }}"""
pipeline = Pipeline()
pipeline.add_component("retriever", InMemoryBM25Retriever(store, top_k=5))
pipeline.add_component("compressor", RagzipDocumentCompressor(target_tokens=80, cache=False))
pipeline.add_component("prompt", PromptBuilder(template, required_variables=["documents", "query"]))
pipeline.connect("retriever", "compressor.documents")
pipeline.connect("compressor.documents", "prompt.documents")

query = "Where was Chopin's funeral held?"
inputs = {"retriever": {"query": query}, "compressor": {"query": query}, "prompt": {"query": query}}
outputs = pipeline.run(inputs, include_outputs_from={"compressor"})
for document in outputs["compressor"]["documents"]:
    print(document.meta["title"], document.meta["ragzip"]["spans"])
print()
print(outputs["prompt"]["prompt"])  # a generator goes here

read_again = Pipeline.loads(pipeline.dumps())
print("\nread again:", type(read_again.get_component("compressor")).__name__)
