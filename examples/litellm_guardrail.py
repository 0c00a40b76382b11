"""In LiteLLM: a guardrail shortens the context in a prompt on its way to the model, here a server that repeats it."""

import asyncio
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # no download of prices

import litellm

from ragzip.integrations.litellm import RagzipGuardrail


class Model(BaseHTTPRequestHandler):
    """A model behind OpenAI's protocol: it answers with what it was told."""

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        message = {"role": "assistant", "content": request["messages"][0]["content"]}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        reply = {"id": "1", "object": "chat.completion", "created": 1, "model": "echo", "choices": [choice]}
        data = json.dumps(reply).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
guardrail = RagzipGuardrail(context=("<context>", "</context>"), target_tokens=20, least=0, cache=False)
litellm.callbacks = [guardrail]  # in a proxy: guardrail: ragzip.integrations.litellm.RagzipGuardrail
messages = [
    {
        "role": "system",
        "content": "Answer from the context. <context>The pump broke on Monday. It rained all week, and nobody came to "
        "the market. The pump was repaired on Friday. The market is open from nine to five.</context>",
    },
    {"role": "user", "content": "When was the pump repaired?"},
]


async def main():
    for guardrails in ([], ["ragzip"]):  # off until a request names it, or default_on=True
        response = await litellm.acompletion(
            model="openai/echo",
            api_base=f"http://127.0.0.1:{server.server_port}/v1",
            api_key="none",
            messages=messages,
            guardrails=guardrails,
        )
        print(response.choices[0].message.content)


asyncio.run(main())
server.shutdown()
server.server_close()
