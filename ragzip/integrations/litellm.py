"""LiteLLM: a guardrail that shortens tool results and retrieved texts on their way to the model."""

from __future__ import annotations

from typing import Any

from ragzip.checks import answers_misuse, unknown_options
from ragzip.compressors.options import Options
from ragzip.errors import needs_extra
from ragzip.integrations.rows import compressed_rows, figures_of_report, is_worth_noting, tolerant_compressor
from ragzip.messages.compress import MessageOptions
from ragzip.process.deadline import in_thread

with needs_extra("litellm"):
    from litellm.integrations.custom_guardrail import CustomGuardrail
    from litellm.types.guardrails import GuardrailEventHooks, LitellmParams
    from litellm.types.utils import CallTypes

__all__ = ["RagzipGuardrail"]

_NAMES = (*MessageOptions.__annotations__, *Options.__annotations__)
_OF_LITELLM = frozenset(
    (
        "guardrail_name", "event_hook", "supported_event_hooks", "run_in_parallel", "scan_raw_request", "timeout",
        "turn_off_message_logging", "message_logging", *LitellmParams.model_fields,
    )
)  # fmt: skip
_CHAT_CALLS = (CallTypes.completion, CallTypes.acompletion)


class RagzipGuardrail(CustomGuardrail):
    """Shortens what goes to the model, in a proxy or in ``litellm.acompletion(messages=…, guardrails=["ragzip"])``
    (by keyword: LiteLLM shows its callbacks no other arguments, and has none for ``litellm.completion``).

    In the configuration of a proxy (chat completions, Responses and Anthropic messages)::

        guardrails:
          - guardrail_name: ragzip
            litellm_params:
              guardrail: ragzip.integrations.litellm.RagzipGuardrail
              mode: pre_call
              context: ["<context>", "</context>"]
              target_tokens: 800

    In a program: ``litellm.callbacks = [RagzipGuardrail(context=("<context>", "</context>"), target_tokens=800)]``. It
    is off until a request names it, or ``default_on=True``. Tokens before and after stand in LiteLLM's logs of
    guardrails, texts do not.

    :param options: those of :func:`ragzip.compress_messages`, with ``context`` for prompts that hold retrieved text;
        ``on_error`` is "passthrough" by default. Those of LiteLLM's guardrails are handed on to it.
    :raises OptionError: an unknown option, or a value outside its range.
    :raises ValueError: a mode (``event_hook``) other than "pre_call".
    """

    @answers_misuse
    def __init__(self, **options: Any) -> None:
        of_ragzip = {name: value for name, value in options.items() if name in _NAMES}
        of_litellm = {name: value for name, value in options.items() if name in _OF_LITELLM}
        if unknown := set(options) - set(of_ragzip) - set(of_litellm):
            raise unknown_options("RagzipGuardrail", unknown, _NAMES, used_names=options)
        self.compressor = tolerant_compressor("RagzipGuardrail", {"format": "openai", **of_ragzip})
        defaults = {"guardrail_name": "ragzip", "event_hook": GuardrailEventHooks.pre_call}
        supported = {"supported_event_hooks": [GuardrailEventHooks.pre_call]}
        super().__init__(**{**defaults, **of_litellm, **supported})

    async def apply_guardrail(
        self, inputs: Any, request_data: dict[str, Any], input_type: str, logging_obj: Any = None
    ) -> Any:
        """``inputs`` with shorter texts in ``structured_messages``; the same object where nothing gets shorter. What
        was done, failed or (``shadow``) was measured is logged.
        """
        messages = inputs.get("structured_messages")
        if input_type != "request" or not messages:
            return inputs
        written = await in_thread(compressed_rows, self.compressor, messages)
        if written is None or not any(map(is_worth_noting, written.report)):
            return inputs
        has_failed = any(item.status == "failed" for item in written.report)
        self.add_standard_logging_guardrail_information_to_request_data(
            guardrail_json_response={
                "tokens_in": written.stats.tokens_in,
                "tokens_out": written.stats.tokens_out,
                "texts": [figures_of_report(item, shadow=self.compressor.shadow) for item in written.report],
            },
            request_data=request_data,
            guardrail_status="guardrail_failed_to_respond" if has_failed else "success",
            guardrail_provider="ragzip",
        )
        is_changed = any(new is not row for new, row in zip(written, messages, strict=True))
        return {**inputs, "structured_messages": written.messages} if is_changed else inputs

    async def async_pre_call_deployment_hook(self, kwargs: dict[str, Any], call_type: Any) -> dict[str, Any]:
        """The arguments of ``litellm.acompletion`` with shorter messages, unless the proxy has shortened them."""
        messages = kwargs.get("messages")
        if call_type not in _CHAT_CALLS or not messages or self.pre_call_hook_ran_or_raised(kwargs):
            return kwargs
        if self.should_run_guardrail(data=kwargs, event_type=GuardrailEventHooks.pre_call) is not True:
            return kwargs
        inputs = await self.apply_guardrail({"structured_messages": messages}, kwargs, "request")
        return {**kwargs, "messages": inputs["structured_messages"]}
