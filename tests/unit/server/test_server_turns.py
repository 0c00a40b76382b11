"""Calls of compressors without a model take turns in the server, those of models do not."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

pytest.importorskip("starlette")

from ragzip.server import calls as calls_module
from ragzip.server.bodies import RequestBody
from ragzip.server.calls import Calls
from ragzip.server.config import ServerConfig

TEXT = "The pump was repaired on Friday. It rained all week."


class Watched:
    """A pipeline that notes how many calls run at once, and waits a little for another one."""

    def __init__(self, pipeline, counts):
        self.pipeline, self.counts = pipeline, counts

    def run(self, documents, query):
        with self.counts["lock"]:
            self.counts["running"] += 1
            self.counts["most"] = max(self.counts["most"], self.counts["running"])
        self.counts["both"].wait(0.2)
        try:
            return self.pipeline.run(documents, query)
        finally:
            with self.counts["lock"]:
                self.counts["running"] -= 1
                if self.counts["most"] > 1:
                    self.counts["both"].set()


@pytest.mark.parametrize(("compressor", "at_once"), [("extractive/bm25", 1), ("extractive/embedding", 2)])
def test_calls_without_a_model_take_turns(compressor, at_once, monkeypatch):
    counts = {"lock": threading.Lock(), "both": threading.Event(), "running": 0, "most": 0}
    original_pipeline_of = calls_module.pipeline_of
    monkeypatch.setattr(calls_module, "pipeline_of", lambda *given: Watched(original_pipeline_of(*given), counts))
    calls = Calls(ServerConfig(compressor=compressor, cache="off"))
    body = {"documents": [TEXT], "query": "When was the pump repaired?", "target_tokens": 8}
    with ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(lambda _: calls.compress(RequestBody(body), None, bypass=False), range(2)))
    assert all("Friday" in reply.body["text"] for reply in replies)
    assert counts["most"] == at_once
