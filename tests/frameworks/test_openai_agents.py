"""OpenAI Agents SDK: runs with a scripted model, and what it is sent."""

import asyncio
import copy
import pickle

import pytest
from agents import Agent, Model, ModelResponse, RunConfig, Runner, ToolOutputImage, ToolOutputText, Usage, function_tool
from agents.models.interface import ModelProvider
from agents.run import CallModelData, ModelInputData
from agents.tracing import TracingProcessor, add_trace_processor, set_trace_processors, set_tracing_disabled
from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText

from ragzip.errors import OptionError
from ragzip.integrations.openai_agents import RagzipInputFilter
from ragzip.messages import Originals

QUESTION = "When was the mill in Leeds opened?"
ANSWER = "The mill in Leeds was opened in 1902."
LONG = f"{ANSWER} " + "It rained on the way to the fair. " * 40
OPTIONS = {"compressor": "extractive/bm25", "cache": False, "target_tokens": 12}


class Scripted(Model):
    """A model that makes its calls in turn, then answers, and keeps what it was sent."""

    def __init__(self, *calls):
        self.calls, self.inputs = calls, []

    async def get_response(self, system_instructions, input, *_, **__):
        self.inputs.append(copy.deepcopy(input))
        number = len(self.inputs)
        if number <= len(self.calls):
            name, arguments = self.calls[number - 1]
            item = ResponseFunctionToolCall(
                type="function_call", name=name, arguments=arguments, call_id=f"call-{number}", id=f"fc-{number}"
            )
        else:
            text = ResponseOutputText(type="output_text", text="In 1902.", annotations=[])
            item = ResponseOutputMessage(
                id=f"m-{number}", type="message", role="assistant", status="completed", content=[text]
            )
        return ModelResponse(output=[item], usage=Usage(), response_id=f"r-{number}")

    stream_response = None  # answers come whole


class Provider(ModelProvider):
    def __init__(self, model):
        self.model = model

    def get_model(self, name):
        return self.model


@function_tool
def look_up(city: str) -> str:
    """Look a city up."""
    return LONG


@function_tool
def picture(city: str) -> list[ToolOutputText | ToolOutputImage]:
    """Show a city."""
    return [ToolOutputText(text=LONG), ToolOutputImage(image_url="data:image/png;base64,iVBORw0KGgo=")]


LOOK_UP = ("look_up", '{"city": "Leeds"}')


def run(model, input_filter, *, tools=(look_up, picture), **options):
    config = RunConfig(call_model_input_filter=input_filter, model_provider=Provider(model))
    agent = Agent("reader", instructions="Be short.", tools=list(tools))
    return asyncio.run(Runner.run(agent, QUESTION, run_config=config, **options))


def outputs(items):
    return [item["output"] for item in items if item.get("type") == "function_call_output"]


def test_the_model_is_sent_short_results_and_the_run_keeps_whole_ones():
    model = Scripted(LOOK_UP, LOOK_UP)
    result = run(model, RagzipInputFilter(**OPTIONS))
    assert result.final_output == "In 1902."
    assert [outputs(items) for items in model.inputs] == [[], [ANSWER], [ANSWER, ANSWER]]
    assert outputs(result.to_input_list()) == [LONG, LONG]
    assert model.inputs[2][:3] == model.inputs[1], "the beginning of a growing conversation stays the same"


def test_what_is_not_shortened_is_the_same_object():
    call = {"type": "function_call", "call_id": "1", "name": "look_up", "arguments": "{}"}
    items = [
        {"role": "user", "content": QUESTION},
        call,
        {"type": "function_call_output", "call_id": "1", "output": LONG},
    ]
    before = copy.deepcopy(items)
    data = CallModelData(model_data=ModelInputData(input=items, instructions="Be short."), agent=None, context=None)
    shortened = asyncio.run(RagzipInputFilter(**OPTIONS)(data))
    assert shortened.instructions == "Be short." and shortened.input[0] is items[0] and shortened.input[1] is call
    assert shortened.input[2] == {**items[2], "output": ANSWER} and items == before
    excluding = RagzipInputFilter(**OPTIONS, exclude_tools=["look_up"])
    assert asyncio.run(excluding(data)) is data.model_data


def test_images_stay():
    model = Scripted(("picture", '{"city": "Leeds"}'))
    run(model, RagzipInputFilter(**OPTIONS))
    (((text, image)),) = outputs(model.inputs[1])
    assert text["text"] == ANSWER and image["type"] == "input_image"


def test_the_agent_fetches_an_original():
    originals = Originals()
    input_filter = RagzipInputFilter(**{**OPTIONS, "target_tokens": 60}, originals=originals)
    handle = originals.put(LONG)
    model = Scripted(LOOK_UP, ("ragzip_original", f'{{"handle": "{handle}"}}'))
    run(model, input_filter, tools=[look_up, *input_filter.tools])
    short, fetched = outputs(model.inputs[2])
    assert f'ragzip_original("{handle}")' in short and fetched == LONG
    assert RagzipInputFilter(**OPTIONS).tools == []


def test_where_the_server_keeps_the_conversation_each_result_is_sent_once():
    model = Scripted(LOOK_UP, LOOK_UP)
    run(model, RagzipInputFilter(**OPTIONS), auto_previous_response_id=True)
    assert [outputs(items) for items in model.inputs] == [[], [LONG], [LONG]]


@pytest.mark.parametrize(
    ("options", "status"), [({}, "shortened"), ({"shadow": True}, "shortened"), ({"deadline": 1e-9}, "failed")]
)
def test_figures_stand_in_the_trace(options, status):
    spans = []

    class Spans(TracingProcessor):
        def on_span_end(self, span):
            spans.append(span.span_data)

        on_trace_start = on_trace_end = on_span_start = lambda self, item: None
        shutdown = force_flush = lambda self: None

    set_tracing_disabled(False)
    set_trace_processors([])
    add_trace_processor(Spans())
    try:
        run(Scripted(LOOK_UP), RagzipInputFilter(**OPTIONS, **options))
    finally:
        set_trace_processors([])
        set_tracing_disabled(True)
    (data,) = [span.data for span in spans if getattr(span, "name", None) == "ragzip"]
    assert data["results"][0]["status"] == status and data["results"][0].get("shadow") == options.get("shadow")
    assert (data["tokens_out"] < data["tokens_in"] / 4) == (status == "shortened")
    assert "mill" not in str(data)


def test_a_result_that_cannot_be_processed_stays():
    @function_tool
    def binary() -> str:
        """Bytes."""
        return LONG + "\0"

    model = Scripted(("binary", "{}"))
    run(model, RagzipInputFilter(**OPTIONS), tools=[binary])
    assert outputs(model.inputs[1]) == [LONG + "\0"]


def test_it_pickles_and_its_options_are_checked():
    clone = pickle.loads(pickle.dumps(RagzipInputFilter(**OPTIONS)))
    model = Scripted(LOOK_UP)
    run(model, clone)
    assert outputs(model.inputs[1]) == [ANSWER]
    for options in ({"nonsense": 1}, {"rate": 7}, {"exclude_tools": "look_up"}):
        with pytest.raises(OptionError, match=next(iter(options))):
            RagzipInputFilter(**options)
