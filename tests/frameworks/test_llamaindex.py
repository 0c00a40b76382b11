"""LlamaIndex: a query engine with its own mock model, and what the postprocessor leaves of nodes."""

import asyncio
import json
import logging
import pickle

import pytest
from llama_index.core import Document, MockEmbedding, VectorStoreIndex
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.schema import (
    ImageNode,
    MediaResource,
    MetadataMode,
    Node,
    NodeRelationship,
    NodeWithScore,
    QueryBundle,
    RelatedNodeInfo,
    TextNode,
)

from ragzip.compressors.base import Compressor
from ragzip.compressors.options import Options
from ragzip.errors import InputError, OptionError, UnknownNameError
from ragzip.integrations.llamaindex import RagzipPostprocessor
from ragzip.text.tokens import token_counter

COUNT = token_counter()
QUERY = "When was the mill in Leeds opened?"
ANSWER = "The mill in Leeds was opened in 1902."
OPTIONS = {"compressor": "extractive/bm25", "cache": False}


def nodes():
    mill = TextNode(
        id_="mill",
        text=f"{ANSWER} It rained on the way to the fair. Nobody came.",
        metadata={"page": 3, "path": "/data/mills/leeds.txt"},
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id="book")},
        start_char_idx=10,
        end_char_idx=80,
    )
    rain = TextNode(id_="rain", text="It rained on the way to the fair.", metadata={"page": 4})
    return [NodeWithScore(node=mill, score=0.9), NodeWithScore(node=rain, score=0.2)]


def processed(input_nodes, **options):
    return RagzipPostprocessor(**{**OPTIONS, **options}).postprocess_nodes(input_nodes, query_str=QUERY)


def shown(shortened):
    return COUNT("\n\n".join(item.node.get_content(metadata_mode=MetadataMode.LLM) for item in shortened))


def test_a_node_keeps_all_but_text():
    input_nodes = nodes()
    before = [item.model_dump_json() for item in input_nodes]
    (shortened,) = processed(input_nodes, target_tokens=30)
    assert shortened.node.text == ANSWER and shortened.score == 0.9 and shortened.node.node_id == "mill"
    assert shortened.node.relationships == input_nodes[0].node.relationships and shortened.node.start_char_idx == 10
    assert shortened.node.metadata["page"] == 3 and shortened.node.metadata["ragzip"]["spans"] == [[0, len(ANSWER)]]
    assert "ragzip" not in shortened.node.get_content(metadata_mode=MetadataMode.LLM)
    assert "ragzip" not in shortened.node.get_content(metadata_mode=MetadataMode.EMBED)
    assert [item.model_dump_json() for item in input_nodes] == before
    json.dumps(shortened.to_dict())


def test_a_second_run_names_the_key_once():
    (shortened,) = processed(processed(nodes(), target_tokens=30), target_tokens=30)
    assert shortened.node.excluded_llm_metadata_keys == ["ragzip"] == shortened.node.excluded_embed_metadata_keys


@pytest.mark.parametrize("budget", [*range(0, 70, 3), 200])
def test_the_budget_counts_what_an_llm_reads(budget):
    shortened = processed(nodes(), target_tokens=budget)
    assert shown(shortened) <= budget
    assert shortened if budget >= 30 else True


def test_a_rate_counts_what_an_llm_reads():
    input_nodes = nodes()
    assert shown(processed(input_nodes, rate=0.6)) <= 0.6 * shown(input_nodes)
    assert len(processed(input_nodes)) == 2 or "1902" in processed(input_nodes)[0].node.text


def test_images_and_nodes_without_text_pass():
    image = ImageNode(text="A caption. " * 20, image_url="https://example.org/a.png")
    blank = TextNode(text="  ")
    picture = Node(text_resource=MediaResource(text="It rained. " * 30), image_resource=MediaResource(data=b"abc"))
    input_nodes = [NodeWithScore(node=node) for node in (image, blank, picture)] + nodes()
    shortened = processed(input_nodes, target_tokens=30)
    assert shortened[0] is input_nodes[0] and shortened[1] is input_nodes[1]
    assert shortened[2].node.image_resource == picture.image_resource and shortened[2].node.get_content() == ""
    assert [item.node.node_id for item in shortened[3:]] == ["mill"]


def test_nothing_left_is_no_error():
    assert processed(nodes(), target_tokens=0) == [] == processed([], target_tokens=0)
    kept = processed(nodes(), target_tokens=0, keep_empty=True)
    assert [item.node.text for item in kept] == ["", ""]


def test_a_bad_node_stays_and_the_log_says_so(caplog):
    bad = NodeWithScore(node=TextNode(id_="bad", text="It rained.\0 " * 20), score=0.5)
    with caplog.at_level(logging.WARNING):
        shortened = processed([bad, *nodes()], target_tokens=100)
    assert shortened[0].node.text == bad.node.text and shortened[1].node.text == ANSWER
    assert "NUL" in shortened[0].node.metadata["ragzip"]["fallback"] and "ragzip" not in bad.node.metadata
    assert "fallback" not in shortened[1].node.metadata["ragzip"]
    assert "bad" in caplog.text and "NUL" in caplog.text
    with pytest.raises(InputError, match="NUL"):
        processed([bad, *nodes()], target_tokens=30, on_error="raise")


@pytest.mark.parametrize("budget", [20, 25, 30, 35, 40])
def test_metadata_of_the_others_count_beside_a_bad_node(budget):
    bad = NodeWithScore(node=TextNode(id_="bad", text="\0"))
    kept = processed([bad, *nodes()], target_tokens=budget)
    assert kept[0].node.node_id == "bad" and shown(kept[1:]) <= budget


def test_a_model_that_fails_leaves_all_as_it_was(caplog):
    class Failing(Compressor):
        name = "failing"

        def compress(self, query, segments, budget):
            raise RuntimeError("out of memory")

    input_nodes = nodes()
    shortened = processed(input_nodes, compressor=Failing(), target_tokens=5)
    assert [item.node.text for item in shortened] == [item.node.text for item in input_nodes]
    assert "out of memory" in caplog.text
    assert all("out of memory" in item.node.metadata["ragzip"]["fallback"] for item in shortened)


def test_in_a_query_engine():
    prompts = []

    class Reader(MockLLM):
        def complete(self, prompt, formatted=False, **kwargs):
            prompts.append(prompt)
            return super().complete(prompt, formatted=formatted, **kwargs)

        async def acomplete(self, prompt, formatted=False, **kwargs):
            return self.complete(prompt, formatted=formatted, **kwargs)

    documents = [Document(text=item.node.text, metadata=item.node.metadata) for item in nodes()]
    index = VectorStoreIndex.from_documents(documents, embed_model=MockEmbedding(embed_dim=4))
    engine = index.as_query_engine(
        llm=Reader(), node_postprocessors=[RagzipPostprocessor(**OPTIONS, target_tokens=30)], similarity_top_k=2
    )
    assert isinstance(engine, RetrieverQueryEngine)
    response = engine.query(QUERY)
    assert ANSWER in prompts[-1] and "rained" not in prompts[-1]
    (source,) = response.source_nodes
    assert source.node.metadata["ragzip"]["spans"] and source.node.ref_doc_id == documents[0].doc_id
    assert str(asyncio.run(engine.aquery(QUERY))) == str(response)
    empty = index.as_query_engine(
        llm=Reader(), node_postprocessors=[RagzipPostprocessor(**OPTIONS, target_tokens=0)], similarity_top_k=2
    )
    assert str(empty.query(QUERY)) == "Empty Response"


def test_async_gives_the_same_and_the_loop_goes_on():
    async def run():
        ticks = []

        async def tick():
            while True:
                ticks.append(1)
                await asyncio.sleep(0)

        ticking = asyncio.create_task(tick())
        postprocessor = RagzipPostprocessor(**OPTIONS, target_tokens=30)
        shortened = await postprocessor.apostprocess_nodes(nodes(), QueryBundle(QUERY))
        ticking.cancel()
        return shortened, len(ticks)

    shortened, ticks = asyncio.run(run())
    assert shortened == processed(nodes(), target_tokens=30) and ticks > 1


def test_round_trips():
    postprocessor = RagzipPostprocessor(**OPTIONS, target_tokens=30, protect=["numbers"])
    written = json.loads(postprocessor.to_json())
    assert written["class_name"] == "RagzipPostprocessor"
    read = RagzipPostprocessor.from_dict(written)
    assert read.to_dict() == postprocessor.to_dict() and read.protect == ("numbers",)
    assert pickle.loads(pickle.dumps(postprocessor)).to_dict() == postprocessor.to_dict()
    assert read.postprocess_nodes(nodes(), query_str=QUERY)[0].node.text == ANSWER


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"nonsense": 1}, OptionError),
        ({"layout": None}, OptionError),
        ({"rate": 3}, OptionError),
        ({"target_tokens": "many"}, OptionError),
        ({"on_error": "ignore"}, OptionError),
        ({"keep_empty": "yes"}, OptionError),
        ({"compressor": "extractive/bm52"}, UnknownNameError),
    ],
)
def test_options_are_checked_when_it_is_made(options, error):
    with pytest.raises(error):
        RagzipPostprocessor(**options)


def test_it_takes_all_options_of_a_call_but_the_layout():
    assert set(Options.__annotations__) - {"layout"} <= set(RagzipPostprocessor.model_fields)


def test_without_a_query():
    shortened = RagzipPostprocessor(**OPTIONS, target_tokens=40).postprocess_nodes(nodes())
    assert shown(shortened) <= 40
    with pytest.raises(InputError, match="NodeWithScore"):
        processed([nodes()[0].node], rate=0.5)
